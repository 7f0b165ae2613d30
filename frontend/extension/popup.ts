/** The popup: how things stand, a code to pair with, and a switch. */
import type { Reason } from './link'
import type { Message, State } from './messages'
import { words } from './words'

const t = words()
type Shown = State & { failed?: Reason }

const part = <T extends HTMLElement>(id: string) => document.getElementById(id) as T

async function say(message: Message) {
  show((await chrome.runtime.sendMessage(message)) as Shown)
}

function show(now: Shown) {
  const isPaired = now.address !== null
  part('unpaired').hidden = isPaired
  part('paired').hidden = !isPaired
  part('failed').textContent = now.failed ? t(now.failed) : ''
  part('ready').textContent = t('ready', { address: now.address?.replace('http://', '') ?? '' })
  part<HTMLInputElement>('on').checked = now.isOn
  part('sent').textContent = t('sent', { n: now.sent })
  line('waiting', now.waiting, now.waiting > 0 && now.isOn)
  line('dropped', now.dropped, now.dropped > 0)
  part('trouble').textContent = now.trouble && now.isOn ? t(now.trouble) : ''
  part<HTMLAnchorElement>('open').href = `${now.address ?? ''}/import`
}

function line(key: 'waiting' | 'dropped', n: number, isShown: boolean) {
  part(key).textContent = isShown ? t(key, { n }) : ''
}

document.documentElement.lang = navigator.language
const isDark = matchMedia('(prefers-color-scheme: dark)').matches
document.documentElement.classList.toggle('dark', isDark)
for (const element of document.querySelectorAll<HTMLElement>('[data-words]')) {
  element.textContent = t(element.dataset.words as Parameters<typeof t>[0])
}
part('form').addEventListener('submit', (event) => {
  event.preventDefault()
  void pairNow()
})
part('on').addEventListener('change', () => {
  void say({ type: 'switch', isOn: part<HTMLInputElement>('on').checked })
})
part('forget').addEventListener('click', () => void say({ type: 'forget' }))

/** Firefox gives the hosts of a manifest only when it is asked, by a press of a button. */
async function pairNow() {
  const { host_permissions: origins = [] } = chrome.runtime.getManifest()
  await chrome.permissions.request({ origins })
  await say({ type: 'pair', code: part<HTMLInputElement>('code').value })
}

chrome.storage.onChanged.addListener(() => void say({ type: 'state' }))
void say({ type: 'state' })
