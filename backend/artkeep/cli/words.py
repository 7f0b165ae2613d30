"""What the command line says, in English and Chinese. The English sentence is the key."""

from __future__ import annotations

import locale
import os
from typing import Final

_CHINESE: Final = {
    "Library": "图库",
    "Database": "数据库",
    "Settings and logs": "设置与日志",
    "Downloading": "下载中",
    "Listing": "正在列出",
    "Examining pictures": "正在检查图片",
    "Nothing was started.": "没有启动任何任务。",
    "No later look has found anything different.": "再次获取时没有发现变化。",
    "Give at least one link, name or --user, --model … (see artkeep get --help).": (
        "请至少给出一个链接、名称,或 --user、--model 等选项(见 artkeep get --help)。"
    ),
    "{due} of {all} would be asked for; {done} have their tags.": (
        "共 {all} 件作品,将请求 {due} 件;{done} 件已有标签。"
    ),
    "Job {job} goes on where it was.": "任务 {job} 从上次中断处继续。",
    "standard input": "标准输入",
    "{service}: {amount} creations · {new} new · {here} already here": (
        "{service}:{amount} 次创作 · 新增 {new} · 已有 {here}"
    ),
    "Logins and signatures in it that are not kept: {n}": "其中不会保存的登录信息与签名:{n}",
    "left out": "已略去",
    "No creation of a known service was recognised.": "没有识别出任何已知服务的作品。",
    "Known are": "已知的服务:",
    "Copied requests to {hosts} were not sent; --send sends those of known services.": (
        "复制的请求({hosts})没有发送;加上 --send 可发送已知服务的请求。"
    ),
    "Send {amount} copied requests to {hosts}? Their login is used once. [y/N] ": (
        "要把 {amount} 个复制的请求发送给 {hosts} 吗?其中的登录信息只使用一次。[y/N] "
    ),
    "the capture has no address for it": "抓取数据中没有它的地址",
    "its address leads to a host that is not the service's": "其地址不属于该服务",
    "its address is not one that may be fetched": "其地址不允许下载",
    "the service says that it is no longer there": "服务表示它已不存在",
    "the service blocked it": "服务已将其屏蔽",
    "it is not finished, or it failed": "尚未完成或已失败",
    "it is not what stands there in other captures": "内容与其他抓取数据不同",
    "it looks like a creation but cannot be read": "看似作品但无法读取",
    "it is nested too deeply": "嵌套过深",
    "there is more in it than is looked at": "内容超过一次抓取的上限",
    "it is an upload that nothing was made of": "只是上传的图片，没有由它生成的作品",
    "it has neither an id nor a name": "既没有编号也没有名称",
    "Stopping: what runs is being finished. Press Ctrl-C again to stop at once.": (
        "正在停止:先完成进行中的文件。再按一次 Ctrl-C 立即停止。"
    ),
    "Stopping: another Artkeep asks for it.": "正在停止:另一个 Artkeep 要求本程序退出。",
    "The database does not answer; waiting for it.": "数据库没有响应,正在等待恢复。",
    "The database lies on a network drive ({kind}): only this program can use it.": (
        "数据库位于网络驱动器({kind})上:只有本程序可以使用它。"
    ),
    "Waiting for {who}": "正在等待 {who}",
    "No tag name contains {words}.": "没有包含 {words} 的标签名。",
    "--refresh looks for new ones first.": "加上 --refresh 会先查找新标签。",
    "{new} new tag names, {all} in all.": "新增 {new} 个标签名,共 {all} 个。",
    "Nobody else uses the database.": "没有其他程序在使用数据库。",
    "Stopped. `artkeep jobs resume {job}` goes on.": (
        "已停止。运行 `artkeep jobs resume {job}` 可继续。"
    ),
    "completed": "已完成",
    "incomplete": "未完整",
    "failed": "失败",
    "stopped": "已停止",
    "interrupted": "已中断",
    "paused": "已暂停",
    "queued": "排队中",
    "running": "进行中",
    "site says {n}": "网站称 {n}",
    "listed": "列出",
    "have": "已有",
    "new": "新增",
    "skipped": "跳过",
    "gone": "已被删除",
    "gaps": "缺口",
    "deferred": "推迟",
    "unreachable": "无法看到",
    "{title}: {state} in {seconds} s": "{title}:{state},用时 {seconds} 秒",
    "Where the files lie": "文件位置",
    "There are no jobs yet.": "还没有任务。",
    "There are no targets yet.": "还没有目标。",
    "There is no job {job}.": "没有任务 {job}。",
    "Everything is in order: {files} files checked.": "一切正常:已检查 {files} 个文件。",
    "Found {count} problems.": "发现 {count} 个问题。",
    "`artkeep check --repair` mends them.": "运行 `artkeep check --repair` 进行修复。",
    "Mended: {what}.": "已修复:{what}。",
    "{count} failures are asked for again.": "已重新请求 {count} 个失败项。",
    "An error of the program; it is written down in {log}.": (
        "程序内部错误;详情已写入 {log}。"
    ),
    "The page is not built. In the folder frontend, run: npm ci && npm run build": (
        "网页尚未构建。请在 frontend 文件夹中运行:npm ci && npm run build"
    ),
    "Sample site at {url}": "示例站点:{url}",
    "Press Ctrl-C to stop it.": "按 Ctrl-C 停止。",
    "would be fetched": "将会下载",
    "Backup written: {path}": "备份已写入:{path}",
    "Restored from {path}; the old file was kept as {kept}.": (
        "已从 {path} 恢复;旧文件保留为 {kept}。"
    ),
    "off without it": "缺少时不可用",
    "`artkeep get --skipped-of {id}` fetches these, too.": (
        "运行 `artkeep get --skipped-of {id}` 可一并下载。"
    ),
    "Nothing was removed.": "没有删除任何作品。",
    "{count} artworks": "{count} 个作品",
    "{size} bytes in {path}": "{path}：{size} 字节",
    "{count} removed; their files can be restored for {days} days.": (
        "已删除 {count} 个;{days} 天内可恢复文件。"
    ),
    "{count} are being downloaded and were left alone.": "{count} 个正在下载,未作改动。",
    "Remove {count} artworks? Their files can be restored for {days} days. [y/N] ": (
        "删除 {count} 个作品?{days} 天内可恢复文件。[y/N] "
    ),
    "never listed: nobody knows what there is. Download it.": (
        "从未列出:不知道有多少。请下载。"
    ),
    "not listed to the end: resume its job.": "没有列完:请继续它的任务。",
    "not everything could be listed: download it again.": "有些内容没能列出:请重新下载。",
    "all is listed, {failed} failed: retry them.": "已全部列出,{failed} 个失败:请重试。",
    "all is listed, {waiting} not fetched: download it.": (
        "已全部列出,{waiting} 个尚未下载:请下载。"
    ),
    "you have everything that can be reached; some is out of reach.": (
        "能取得的都已拥有;有些内容无法取得。"
    ),
    "you have everything.": "已全部拥有。",
    "covered by others": "已由其他列表补全",
    "behind {n} known": "从已知的 {n} 个之后开始",
    "next check {when}": "下次检查 {when}",
    "not watched": "未关注",
    "Which ones? `artkeep targets` shows their numbers.": (
        "哪些?运行 `artkeep targets` 查看编号。"
    ),
    "They are looked at while `artkeep gui` runs.": "在 `artkeep gui` 运行期间自动检查。",
    "not checked any more: its site did not know it three times in a row": (
        "不再检查:网站连续三次找不到它"
    ),
    "its site did not know it at the last check": "上次检查时网站找不到它",
    "the key was refused at the last check (Settings › Sites)": (
        "上次检查时密钥被拒绝(设置 › 站点)"
    ),
    "its site is held until somebody has looked at its jobs": "该网站已暂缓,请先查看它的任务",
    "not checked: its download is paused": "未检查:它的下载已暂停",
    "the last check did not get to the end": "上次检查没有完成",
    "Writing into files": "正在写入文件",
    "Converting": "正在转换",
    "Trying": "正在试转换",
    "done": "完成",
    "saved": "节省",
    "taken back": "已撤销",
    "can be taken back": "可撤销",
    "{before} would become {after}; nothing was changed.": (
        "{before} 将变为 {after};没有改动任何文件。"
    ),
    "Conversion {number}: {files} taken back.": "转换 {number}:已撤销 {files} 个文件。",
    "{amount} stay converted: their originals are gone, or their names are taken.": (
        "{amount} 个文件保持转换后的样子:原文件已不在,或文件名已被占用。"
    ),
    "{done} of them were written into before; what is new goes in again.": (
        "其中 {done} 个以前写入过;新的内容会再次写入。"
    ),
    "exiftool is not here: IPTC keywords, AVIF and videos stay out. Get it: {how}": (
        "没有 exiftool:不写入 IPTC 关键词、AVIF 和视频。安装方法:{how}"
    ),
    "This is no file.": "这不是文件。",
    "The file is empty.": "文件是空的。",
    "There is no such file.": "没有这个文件。",
    "Nothing about its making is written inside.": "文件中没有生成信息。",
    "tool": "工具",
    "where": "位置",
    "unknown": "未知",
    "prompt": "提示词",
    "negative prompt": "反向提示词",
    "typed text": "用户输入",
    "{count} restored, {lost} of them without their file.": (
        "已恢复 {count} 个,其中 {lost} 个没有文件。"
    ),
    "Take this over? Nothing is moved or changed. [y/N] ": (
        "要接管吗？文件不会被移动或修改。[y/N] "
    ),
    "Nothing was changed.": "没有改动任何内容。",
    "  {entries} entries of {artworks} artworks; files of {found} were found.": (
        "  {entries} 条记录，{artworks} 件作品；找到其中 {found} 件的文件。"
    ),
    "Stopped. The same command goes on where it was.": "已停止。再次运行同一命令即可继续。",
    "Everything was taken over before; nothing changed.": "此前已全部接管；没有变化。",
    "This would be taken over:": "将接管：",
    "Taken over:": "已接管：",
    "  with their file: {file} ({size}) · without: {none} · known before: {known}": (
        "  连同文件：{file}（{size}）· 无文件：{none} · 此前已知：{known}"
    ),
    "  tags: {tags} · memberships of targets: {members}": (
        "  标签：{tags} · 目标归属：{members}"
    ),
    "  Those without a file are fetched when their target is downloaded again.": (
        "  没有文件的作品会在下次下载其目标时重新获取。"
    ),
    "noted": "注意",
    "  files lie in {folder}": "  文件位于 {folder}",
    "  every one of them: {path}": "  全部明细：{path}",
    "without a name": "没有名称",
    "no number of a picture": "没有图片编号",
    "no entry, but something else": "不是记录",
    "of a site that Artkeep does not know": "来自 Artkeep 不认识的网站",
    "nothing says which picture it is": "无法判断是哪张图片",
    "an odd name, taken over all the same": "名称异常，仍已接管",
    "without a path, taken over as history": "没有路径，作为历史接管",
    "without a date that can be": "日期无效",
    "tags written in an odd way": "标签写法异常",
    "the file is another artwork's already": "文件已属于另一件作品",
    "lies in a folder of the system, or behind a link": "位于系统文件夹中或链接之后",
    "the file has gone": "文件已不在",
    "the file cannot be read": "文件无法读取",
    "the file is no picture or video": "文件不是图片或视频",
    "the file ends too early": "文件不完整",
    "the file is damaged": "文件已损坏",
    "The tracking database exists already; what is in it stays. Go on? [y/N] ": (
        "跟踪数据库已存在，其中内容会保留。继续吗？[y/N] "
    ),
    "Rename the history, so that it is not taken over again? [y/N] ": (
        "重命名历史文件，以免再次接管？[y/N] "
    ),
    "Renamed to {name}": "已重命名为 {name}",
    "A classic tracking database lay in the data folder; it is {path} now.": (
        "数据文件夹中有一个旧版跟踪数据库；现已改名为 {path}。"
    ),
    "A classic database is here; `artkeep db adopt {path}` takes it over.": (
        "这里有一个旧版跟踪数据库；运行 `artkeep db adopt {path}` 即可接管。"
    ),
    "{moving} of {files} files would be moved; nothing was changed.": (
        "共 {files} 个文件,其中 {moving} 个将被移动;目前未做任何更改。"
    ),
    "The longest path has {longest} characters ({most} fit everywhere).": (
        "最长路径为 {longest} 个字符({most} 个以内处处可用)。"
    ),
    "{amount} names would be shortened.": "{amount} 个名称将被缩短。",
    "{amount} files want a name that another one has, and get a number.": (
        "{amount} 个文件与其他文件重名,将加上编号。"
    ),
    "{amount} have no room for their names.": "{amount} 个文件的名称放不下。",
    "{written} would be written, {replaced} replaced, {merged} merged; nothing was changed.": (
        "将写入 {written} 个，替换 {replaced} 个，合并 {merged} 个；没有做任何更改。"
    ),
    "{written} written, {replaced} replaced, {merged} merged.": (
        "已写入 {written} 个，替换 {replaced} 个，合并 {merged} 个。"
    ),
    "{n} are there already and stay.": "{n} 个已存在，保持不变。",
    "{n} were edited by hand and stay (--overwrite-edited replaces them): {paths}": (
        "{n} 个被手工修改过，予以保留（--overwrite-edited 可替换）：{paths}"
    ),
    "{n} could not be written: a link, or a text that is not UTF-8, is in the way.": (
        "{n} 个无法写入：该处是链接，或文本不是 UTF-8。"
    ),
    "{n} artworks have no file in this library.": "{n} 件作品在此图库中没有文件。",
    "{pictures} of {artworks} artworks ({size}), {steps} with repeats.": (
        "{artworks} 件作品中的 {pictures} 张图片（{size}），计重复共 {steps} 步。"
    ),
    "no file is here": "本地没有文件",
    "a video or animation": "视频或动画",
    "animated": "动图",
    "its size is not known yet; it is examined while `artkeep gui` runs": (
        "尺寸尚未知晓；`artkeep gui` 运行时会检查它"
    ),
    "smaller than --min-side": "小于 --min-side",
    "longer than --max-aspect allows": "超出 --max-aspect 允许的长宽比",
    "no trainer reads its format": "训练程序不支持此格式",
    "looks like another one": "与另一张近似重复",
    "the same bytes as another one": "与另一张字节完全相同",
    "{n} are written anew as PNG.": "{n} 张将重新写成 PNG。",
    "{n} are smaller than their bucket.": "{n} 张小于所在的分桶。",
    "{pictures} pictures and {captions} captions written, {same} were there already.": (
        "已写入 {pictures} 张图片和 {captions} 个描述文本，{same} 张已存在。"
    ),
    "{n} were edited by hand and stay.": "{n} 个被手工修改过，予以保留。",
    "{n} files of an earlier export were removed.": "移除了上次导出的 {n} 个文件。",
}

_language = "en"


def choose_language(setting: str) -> None:
    """`en`, `zh`, or `auto`: by the environment's locale."""
    global _language
    if setting != "auto":
        _language = setting
        return
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    spoken = next(filter(None, names), "") or (locale.getlocale()[0] or "")
    _language = "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def is_chinese() -> bool:
    """Whether Chinese was chosen."""
    return _language == "zh"


def say(english: str, **values: object) -> str:
    """The sentence in the chosen language, filled in."""
    text = _CHINESE.get(english, english) if is_chinese() else english
    return text.format(**values) if values else text
