"""The help in Chinese. The English sentence beside each option is the key."""

from __future__ import annotations

from typing import Final

CHINESE: Final = {
    "usage: ": "用法：",
    "what": "对象",
    "options": "选项",
    "examples": "示例",
    "everywhere": "通用选项",
    "get": "下载",
    "tag, describe and shrink": "标签、写入与压缩",
    "find": "查找",
    "look after what is there": "整理与维护",
    "the database": "数据库",
    "the page and the program": "网页与程序",
    "Download AI art complete, with prompts, tags and origin, and keep it.": (
        "完整下载 AI 作品，连同提示词、标签和来源，并妥善保存。"
    ),
    "show this help": "显示本帮助",
    "show the version": "显示版本",
    # everywhere
    "database, settings and logs": "数据库、设置和日志所在的文件夹",
    "where pictures and videos go": "图片和视频存放的位置",
    "PostgreSQL instead of SQLite": "用 PostgreSQL 代替 SQLite",
    "log more": "记录更详细的日志",
    "one JSON object per line": "每行输出一个 JSON 对象",
    "one JSON object": "输出一个 JSON 对象",
    "no progress": "不显示进度",
    "running": "运行",
    "1 to 20 at a time": "同时进行 1 到 20 个",
    "which of them": "筛选",
    "how": "方式",
    "how (what is left out: as in the settings)": "方式（未给出的按设置）",
    # training sets
    "take it elsewhere": "导出",
    "write what a query means into a file, or make a training set of it": (
        "把查询到的作品写入文件，或导出为训练集"
    ),
    "find artworks in the library": "在库中查找作品",
    "what comes first": "排列顺序",
    "at most so many; 0: all": "最多显示多少；0 为全部",
    "csv, jsonl, paths or zip; kohya, onetrainer, imagefolder or plain: a training set": (
        "csv、jsonl、paths 或 zip；kohya、onetrainer、imagefolder 或 plain：训练集"
    ),
    "where it goes": "导出到哪里",
    "count and say it, write nothing": "只统计并说明，不写入",
    "training sets": "训练集",
    "what it shows": "所表现的概念",
    "per epoch": "每轮的重复次数",
    "side of the trainer's square": "训练分辨率的边长",
    "make larger pictures as small as their bucket": "把较大的图片缩小到所在分桶",
    "how different pictures have to be, in bits of their perceptual hash": (
        "图片之间感知哈希至少要相差的位数"
    ),
    "leave out smaller ones": "去掉更小的图片",
    "leave out longer ones: 2.5": "去掉更狭长的图片，如 2.5",
    "white where it is transparent": "透明处填为白色",
    "make PNG of these; may be given more than once": "把这些格式转成 PNG；可重复给出",
    "copies instead of hard links": "复制而不是硬链接",
    # captions
    "write captions for training beside files, from tags or prompts": (
        "用标签或提示词在文件旁写入训练用的描述文本"
    ),
    "what becomes of captions that are there; yours stay with overwrite, too": (
        "已有描述文本如何处理；即使 overwrite 也会保留你手写的"
    ),
    "with overwrite: also those that you wrote or edited": (
        "与 overwrite 一起：连你手写或修改过的也替换"
    ),
    "say what would be written, write nothing": "只说明将写入什么，不实际写入",
    "how captions are made": "描述文本的生成方式",
    "where its words are from": "文字的来源",
    "category, site, alphabetical, or words such as: trigger ||| counts character general": (
        "category、site、alphabetical，或自定义顺序，如：trigger ||| counts character general"
    ),
    "in front of every caption": "放在每条描述文本开头",
    "at the end of every caption": "放在每条描述文本末尾",
    "tags that go in front, in this order": "按此顺序放在前面的标签",
    "tags that stay whatever leaves them out": "无论如何都保留的标签",
    "tags to leave out; * is anything": "要去掉的标签；* 代表任意内容",
    "keep what is about the upload, such as highres": "保留关于上传本身的标签，如 highres",
    "another tag in its place": "用另一个标签替换",
    "of tags with votes: those with as many": "有投票的标签：至少要有这么多票",
    "at most so many tags": "最多这么多个标签",
    "brackets as \\( and \\), for prompt parsers": "括号写成 \\( 和 \\)，供提示词解析器使用",
    "leave _ in tags": "保留标签中的 _",
    "general, sensitive … as a tag": "把分级（general、sensitive……）作为标签写入",
    "the model it was made with": "写入所用的模型",
    # get
    "download a creator, model, tag, post, collection, search or picture": (
        "下载作者、模型、标签、帖子、收藏夹、搜索结果或单个作品"
    ),
    "any link, or site:kind:value": "任意链接，或 site:kind:value",
    "everything of a creator": "某位作者的全部作品",
    "pictures of a model": "某个模型的作品",
    "… of a model version": "……某个模型版本的作品",
    "… of models with this tag": "……带此标签的模型的作品",
    "by image tag": "按图片标签",
    "a post": "一个帖子",
    "a collection": "一个收藏夹",
    "one picture or video": "一张图片或一个视频",
    "a booru's tag search": "图站（booru）的标签搜索",
    "a booru's pool": "图站的图集（pool）",
    "the site of names and ids: gelbooru, civitai …": (
        "名称和编号所属的网站：gelbooru、civitai …"
    ),
    "with a key: your own pictures (user:me)": "需要密钥：你自己的作品（user:me）",
    "… what you reacted to (liked:me)": "……你点过赞的作品（liked:me）",
    "… of the creators you follow (followed:me)": "……你关注的作者的作品（followed:me）",
    "… your collections (collections:me)": "……你的收藏夹（collections:me）",
    "… what you generated there (generator:me)": "……你在站内生成的作品（generator:me）",
    "links from a file, - for stdin": "从文件读取链接，- 表示标准输入",
    "what a target left out, by its number in `artkeep targets`; nothing is listed": (
        "某个目标略过的作品，编号见 `artkeep targets`；不重新列出"
    ),
    "with --skipped-of: only what these left out": "与 --skipped-of 一起：只限因这些原因略过的",
    "at most so many": "最多这么多个",
    "at most so many of each model": "每个模型最多这么多个",
    "only these": "只要这些类型",
    "only these levels": "只要这些分级",
    "posted since 2026-05-01, 7d, 1y …": "此后发布：2026-05-01、7d、1y……",
    "posted up to 2026-05-31, 30d …": "此前发布：2026-05-31、30d……",
    "with tag a, without tag b": "有标签 a，没有标签 b",
    "whose prompt says a, and not b": "提示词含 a，不含 b",
    "1024: no side is shorter; 1920x1080: at least this, whichever way up": (
        "1024：每边都不短于此；1920x1080：至少这么大，横竖均可"
    ),
    "original, or as listed": "原图，或列表中的大小",
    "folder tree: organized, classic, dated, dataset, or template:{author}/{id}": (
        "文件夹结构：organized、classic、dated、dataset，或 template:{author}/{id}"
    ),
    "stages that follow each download": "每个下载完成后接着做的步骤",
    "leave examining new files to a later run": "新文件留待以后检查",
    "look again by itself while `artkeep gui` runs": "在 `artkeep gui` 运行期间自动再次查看",
    "fetch again what is here; a file is replaced when its new one is proven": (
        "重新下载已有的作品；新文件通过校验后才替换旧文件"
    ),
    "list only, fetch nothing": "只列出，不下载",
    "list in every way there is, not only until it fits": (
        "用所有方式列出，而不是数量相符就停止"
    ),
    "save your own creations from captures of StarryAI, NightCafe, Civitai …": (
        "从 StarryAI、NightCafe、Civitai 等的抓取文件保存你自己的作品"
    ),
    ".json .har .txt or .zip, - for stdin": (".json、.har、.txt 或 .zip，- 表示标准输入"),
    "send copied requests (fetch, cURL) to their service without asking first": (
        "不先询问就把复制的请求（fetch、cURL）发给其服务"
    ),
    "say what is in it, fetch nothing": ("只说明其中内容，不下载"),
    # targets, jobs
    "what was asked for, and the ledger of each": "请求过的目标及其账目",
    "list (if nothing is said); watch: look at them again by itself; unwatch: no more": (
        "list（默认）：列出；watch：自动再次查看；unwatch：不再查看"
    ),
    "their numbers": "它们的编号",
    "with watch: how long to the first look, 1h to 7d (1d); it adapts from then on": (
        "与 watch 一起：多久后第一次查看，1h 到 7d（默认 1d）；之后自动调整"
    ),
    "every listing, and how it ended": "每个列表及其结束方式",
    "list jobs; pause, resume, stop or retry one": "列出任务；暂停、继续、停止或重试",
    "list (if nothing is said), show, pause, resume, stop; retry: again what failed": (
        "list（默认）：列出；show：查看；pause：暂停；resume：继续；stop：停止；retry：重试失败项"
    ),
    "default: the newest": "默认：最新的",
    "with retry: only failures of this reason": "与 retry 一起：只限此原因的失败项",
    # site-tags
    "the names of a site's tags: keep them in a file, search them": (
        "网站的标签名：保存到文件并查找"
    ),
    "show the names that contain all of these; none: add what is new to the file": (
        "显示包含所有这些词的名称；不写：把新名称加入文件"
    ),
    "look for new names before": "先查找新名称",
    "the file (tag_names.txt in this folder)": "文件（本文件夹中的 tag_names.txt）",
    # tags, embed, convert
    "fetch the community tags of downloaded artworks, with their votes": (
        "获取已下载作品的社区标签及票数"
    ),
    "which of the library (nothing: all)": "图库中的哪些（不写：全部）",
    "which of them (nothing: those without tags)": "其中哪些（不写：没有标签的）",
    "such as format:png since:30d": "例如 format:png since:30d",
    "also those asked for before then": "还包括此前请求过的",
    "all of them": "全部",
    "calls from a page, pages one by one, calls with your key; auto: what works": (
        "page：在网页内调用；read：逐页读取；key：用你的密钥调用；auto：自动选择可用的"
    ),
    "calls or pages a second at most": "每秒最多调用或打开多少次",
    "write them into the files, too": "同时写入文件",
    "first read what files say of their making, where no prompt is known": (
        "先读取文件自身记载的生成信息（仅限尚无提示词的作品）"
    ),
    "end when each was asked for (as without it)": "全部请求一遍后结束（不写也是如此）",
    "count what would be asked for": "只统计将请求多少",
    "show what later looks found to be different": "显示再次获取时发现的变化",
    "only what has tags": "只要有标签的",
    "write prompt, parameters, tags and origin into the files": (
        "把提示词、参数、标签和来源写入文件"
    ),
    "count what would be written into": "只统计将写入多少",
    "make smaller files of the library, with everything known inside, and prove them": (
        "把图库转换成更小的文件，保留全部信息，并逐个验证"
    ),
    "originals and folders": "原文件与文件夹",
    "before and after": "事前与事后",
    "webp is read everywhere, avif is smaller": "webp 到处可读，avif 更小",
    "85 looks the same to most eyes": "85 对多数人来说看不出差别",
    "keep every pixel": "保留每个像素",
    "make larger ones smaller": "缩小更大的图片",
    "also where the original has 16 bits a sample": "原图每个样本 16 位时也转换",
    "keep: new files go into a folder of their own; trash and delete: in place": (
        "keep：新文件放入单独的文件夹；trash 和 delete：就地替换"
    ),
    "in place also what was not downloaded and nobody could fetch again": (
        "未经下载、无法再次获取的文件也就地替换"
    ),
    "that folder, within the library": "图库中的那个文件夹",
    "folders within that one": "其中的子文件夹",
    "convert and prove, put nothing anywhere: what would be done and saved": (
        "转换并验证，但不存放：看看会做什么、省多少"
    ),
    "what was converted": "转换记录",
    "take a conversion back, without a number the last one": (
        "撤销一次转换，不写编号则为最近一次"
    ),
    # read, remove, restore, check
    "show what is written inside files: prompt, parameters, tool": (
        "显示文件中写入的内容：提示词、参数、工具"
    ),
    "pictures, videos, folders": "图片、视频、文件夹",
    "look for a text hidden in the pixels, too": "还查找藏在像素里的文字",
    "show every text and its place": "显示每段文字及其位置",
    "delete artworks; they are remembered and not fetched again": (
        "删除作品；会记住它们，不再下载"
    ),
    "which, in the search language": "哪些，用搜索语言写出",
    "do not ask first": "不先询问",
    "bring removed artworks back": "恢复删除的作品",
    "which of the removed ones": "删除的作品中的哪些",
    "download those whose files are gone for good": "文件已彻底删除的重新下载",
    "compare the database with the files, and mend": "比对数据库与文件，并修复",
    "mend; media is never deleted": "修复；绝不删除媒体文件",
    "read every byte as well": "还读取每个字节",
    "with --repair: the library folder was emptied on purpose": (
        "与 --repair 一起：图库文件夹是有意清空的"
    ),
    # db
    "the tracking database: path, upgrade, backup, restore, drain, adopt": (
        "数据库：位置、升级、备份、恢复、腾空、接管"
    ),
    "path (where it is), upgrade, backup, restore; drain: ask all programs on it to go; "
    "adopt: take over what another program left": (
        "path：位置；upgrade：升级；backup：备份；restore：恢复；drain：请求所有使用它的程序退出；"
        "adopt：接管其他程序留下的数据"
    ),
    "with restore: this backup, else the newest; with adopt: a history, database or folder of "
    "another program": (
        "与 restore 一起：此备份，不写则为最新的；与 adopt 一起：其他程序的历史、数据库或文件夹"
    ),
    "adopt": "接管",
    "where its files lie, if moved": "其文件所在位置（如已移动）",
    "the numbers in file names are this site's": "文件名中的数字属于该网站",
    # rescan
    "rebuild a lost database from the files and what lies beside and in them": (
        "根据文件及其旁边和内部的信息重建丢失的数据库"
    ),
    "default: the library": "默认：图库",
    "look at everything and say what would come of it; change nothing": (
        "查看全部并说明结果，不做任何改动"
    ),
    # gui, doctor, demo-site, completion
    "serve the page": "启动网页",
    "default: 5000, or the next free one": "默认 5000，或下一个空闲端口",
    "loopback only": "仅限本机",
    "do not open a browser": "不打开浏览器",
    "use the sample site": "使用示例站点",
    "do the main job, then exit": "完成主要任务后退出",
    "prepare, then exit": "准备好后退出",
    "go on with interrupted jobs": "继续中断的任务",
    "what is here and what is missing": "这里有什么，缺少什么",
    "run the sample site alone": "只运行示例站点",
    "default: a free one": "默认：一个空闲端口",
    "how many artworks": "多少个作品",
    "print what makes a shell complete verbs and options with Tab": (
        "输出脚本，使命令行能用 Tab 补全命令和选项"
    ),
    "bash, zsh, fish or powershell": "bash、zsh、fish 或 powershell",
    "put files that are there where another layout wants them": (
        "把已有的文件移动到另一种布局的位置"
    ),
    "organized, classic, dated, dataset, or a template such as {author}/{id}; "
    "nothing: as the settings say": (
        "organized、classic、dated、dataset，或 {author}/{id} 这样的模板；不写则按设置"
    ),
    "show what would lie where, move nothing": "显示文件将放到哪里，不移动任何文件",
    "what was moved": "移动记录",
    "move back what a move moved, without a number the last one": (
        "把某次移动的文件移回原处；不写编号则为最近一次"
    ),
}
