/** What the popup and the userscript say. The same keys in both languages. */
const EN = {
  title: 'Artkeep',
  description:
    'Picks up your own creations while you look at them, and hands them to the Artkeep on this computer.',
  unpaired: 'Not paired with Artkeep yet.',
  how: 'Press “Pair” in Artkeep’s Import tab and type the code that it shows.',
  code: 'Code',
  pair: 'Pair',
  ready: 'Paired with {address}',
  on: 'Pick up while I browse',
  sent: 'Picked up: {n}',
  waiting: 'Replies that wait to be sent: {n}',
  dropped: 'Replies that could not be sent: {n}',
  open: 'Open Artkeep',
  forget: 'Unpair',
  off: 'Artkeep does not answer. What was picked up waits for it, for an hour.',
  stranger: 'Something else answers where Artkeep was. Nothing is sent to it.',
  not_paired: 'Artkeep does not know this browser any more. Pair it again.',
  full: 'Artkeep takes no more until you have looked at what waits in its Import tab.',
  later: 'Artkeep is busy. It is tried again.',
  refused: 'Artkeep could not take it.',
  bad_code: 'This cannot be a code: it has ten letters, as in 7KQ2M-XW9RD@5000.',
  no_code: 'Artkeep shows no code now. Press “Pair” there first.',
  wrong_code: 'This is not the code that Artkeep shows.',
}
type Words = typeof EN

const ZH: Words = {
  title: 'Artkeep',
  description: '在您浏览时收集您自己的作品，并交给这台电脑上的 Artkeep。',
  unpaired: '尚未与 Artkeep 配对。',
  how: '在 Artkeep 的“导入”页点“配对”，再输入那里显示的代码。',
  code: '代码',
  pair: '配对',
  ready: '已与 {address} 配对',
  on: '浏览时收集',
  sent: '已收集：{n}',
  waiting: '等待发送的响应：{n}',
  dropped: '未能发送的响应：{n}',
  open: '打开 Artkeep',
  forget: '取消配对',
  off: 'Artkeep 没有响应。已收集的内容会等待一小时。',
  stranger: '原来 Artkeep 的位置由别的程序应答，不会向它发送任何内容。',
  not_paired: 'Artkeep 不再认识此浏览器，请重新配对。',
  full: '请先在 Artkeep 的“导入”页查看等待中的内容，否则不再接收。',
  later: 'Artkeep 正忙，稍后重试。',
  refused: 'Artkeep 无法接收。',
  bad_code: '代码应为十个字符，例如 7KQ2M-XW9RD@5000。',
  no_code: 'Artkeep 现在没有显示代码，请先在那里点“配对”。',
  wrong_code: '这不是 Artkeep 显示的代码。',
}

export const LANGUAGES = { en: EN, zh_CN: ZH }

/** Words in the language of the browser. */
export function words(language = navigator.language) {
  const said: Words = language.toLowerCase().startsWith('zh') ? ZH : EN
  return (key: keyof Words, values: Record<string, string | number> = {}) =>
    said[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
