/**
 * The same for Tampermonkey and Violentmonkey: one script, whose manager keeps the token and sends.
 *
 * What waits is kept by the page only: a manager would write it to disk.
 */
import { LinkError, pair, prove, send, type Answer, type Ask, type Paired } from './link'
import { nextDataOf } from './nextdata'
import { Outbox, type Waiting } from './outbox'
import { serviceOf } from './services'
import { watch, type Reply } from './watch'
import { words } from './words'

declare const unsafeWindow: typeof window
declare function GM_getValue(key: string): string | undefined
declare function GM_setValue(key: string, value: string): void
declare function GM_deleteValue(key: string): void
declare function GM_registerMenuCommand(label: string, run: () => void): void
declare function GM_xmlhttpRequest(asked: {
  method: 'POST'
  url: string
  data: string
  headers: Record<string, string>
  anonymous: boolean
  timeout: number
  onload: (answer: { status: number; responseText: string; responseHeaders: string }) => void
  onerror: () => void
  ontimeout: () => void
}): void

const FLUSH_MS = 1_500
const KEY = 'paired'
const t = words()

let waiting: Waiting[] = []
const outbox = new Outbox({
  load: () => Promise.resolve(waiting),
  save: (kept) => {
    waiting = kept
    return Promise.resolve()
  },
})

const ask: Ask = (url, body, headers = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const failed = () => reject(new Error('no answer'))
    GM_xmlhttpRequest({
      method: 'POST',
      url,
      data: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
      anonymous: true, // no cookies
      timeout: 20_000,
      onload: ({ status, responseText, responseHeaders }) => {
        const wait = /^retry-after:\s*(\d+)/im.exec(responseHeaders)?.[1]
        resolve({ status, body: objectIn(responseText), retryAfterS: Number(wait ?? 0) })
      },
      onerror: failed,
      ontimeout: failed,
    })
  })

function objectIn(text: string): Answer['body'] {
  try {
    const told: unknown = JSON.parse(text)
    return typeof told === 'object' && told !== null ? (told as Answer['body']) : {}
  } catch {
    return {}
  }
}

function paired(): Paired | null {
  const kept = GM_getValue(KEY)
  return kept ? (JSON.parse(kept) as Paired) : null
}

let timer: ReturnType<typeof setTimeout> | undefined
let sent = 0

function take(reply: Reply) {
  if (!paired()) return
  void outbox.add(location.origin, reply).then(() => flushIn(FLUSH_MS))
}

function flushIn(ms: number) {
  timer ??= setTimeout(() => void flush(), ms)
}

async function flush() {
  timer = undefined
  const program = paired()
  if (!program) return
  let isProven = false
  const done = await outbox.flush(async (origin, replies) => {
    if (!isProven) await prove(ask, program)
    isProven = true
    return send(ask, program, origin, replies)
  })
  sent += done.sent
  show(done.stopped ? t(done.stopped) : t('sent', { n: sent }), done.stopped !== null)
  if (done.stopped) flushIn(done.afterS * 1000)
}

/** A counter in the corner of the page: nothing is picked up in secret. */
let corner: HTMLElement | undefined

function show(text: string, isTrouble: boolean) {
  if (!corner) {
    corner = document.createElement('div')
    Object.assign(corner.style, {
      ...{ position: 'fixed', right: '12px', bottom: '12px', zIndex: '2147483647' },
      ...{ padding: '4px 10px', borderRadius: '6px', font: '13px/1.4 system-ui, sans-serif' },
      ...{ color: '#fff', pointerEvents: 'none', maxWidth: '20rem' },
    })
    corner.setAttribute('role', 'status')
    document.documentElement.append(corner)
  }
  corner.style.background = isTrouble ? '#a92a25' : '#17693d'
  corner.textContent = `Artkeep · ${text}`
}

async function pairNow() {
  const typed = prompt(`${t('how')}\n\n${t('code')}:`)
  if (!typed) return
  try {
    const program = await pair(ask, typed, 'Userscript')
    GM_setValue(KEY, JSON.stringify(program))
    show(t('ready', { address: new URL(program.address).host }), false)
  } catch (error) {
    show(t(error instanceof LinkError ? error.reason : 'off'), true)
  }
}

const service = serviceOf(new URL(location.href))
if (service) {
  watch(unsafeWindow, service, take)
  document.addEventListener('DOMContentLoaded', () => {
    const reply = nextDataOf(document, service)
    if (reply) take(reply)
  })
  GM_registerMenuCommand(`${t('title')}: ${t('pair')}`, () => void pairNow())
  GM_registerMenuCommand(`${t('title')}: ${t('forget')}`, () => GM_deleteValue(KEY))
}
