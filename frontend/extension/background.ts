/**
 * The extension's background: keeps the token, and sends what the pages have handed over.
 *
 * It may be ended at any moment and begun again with the next message, so what it knows lies in
 * the browser's storage: the token on disk, what waits in memory only. No page gets at either.
 */
import { pair, prove, send, LinkError, type Answer, type Paired, type Reason } from './link'
import { replyIn, type Message, type State } from './messages'
import { Outbox, type Waiting } from './outbox'
import { isReplyOf, serviceOf } from './services'

const FLUSH_MS = 1_500
const ALARM = 'again'
const MANIFEST = chrome.runtime.getManifest()

interface Counts {
  sent: number
  waiting: number
  dropped: number
  trouble: Reason | null
}
const NOTHING: Counts = { sent: 0, waiting: 0, dropped: 0, trouble: null }

/** Firefox knows no levels; there no page gets at an extension's storage either. */
for (const area of [chrome.storage.local, chrome.storage.session]) {
  void area.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' }).catch(() => undefined)
}

const outbox = new Outbox({
  load: async () => ((await chrome.storage.session.get('outbox')).outbox ?? []) as Waiting[],
  save: (waiting) => chrome.storage.session.set({ outbox: waiting }),
})

const paired = async () =>
  ((await chrome.storage.local.get('paired')).paired ?? null) as Paired | null
const isOn = async () => (await chrome.storage.local.get('isOn')).isOn !== false
const counts = async () =>
  ((await chrome.storage.session.get('counts')).counts ?? NOTHING) as Counts

async function count(change: (before: Counts) => Partial<Counts>) {
  const before = await counts()
  await chrome.storage.session.set({ counts: { ...before, ...change(before) } })
  await showBadge()
}

async function ask(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    credentials: 'omit',
    redirect: 'error',
    cache: 'no-store',
    signal: AbortSignal.timeout(20_000),
  })
  const told: unknown = await response.json().catch(() => ({}))
  return {
    status: response.status,
    body: (typeof told === 'object' && told !== null ? told : {}) as Answer['body'],
    retryAfterS: Number(response.headers.get('Retry-After')) || 0,
  }
}

let flushTimer: ReturnType<typeof setTimeout> | undefined

function flushSoon() {
  flushTimer ??= setTimeout(() => void flush(), FLUSH_MS)
}

async function flush() {
  flushTimer = undefined
  const program = await paired()
  if (!program || !(await isOn())) return
  let isProven = false
  const done = await outbox.flush(async (origin, replies) => {
    // Before anything is sent, whoever listens there proves that it is the program.
    if (!isProven) await prove(ask, program)
    isProven = true
    return send(ask, program, origin, replies)
  })
  await count((before) => ({
    sent: before.sent + done.sent,
    dropped: before.dropped + done.dropped,
    waiting: done.waiting,
    trouble: done.stopped,
  }))
  if (done.stopped) {
    await chrome.alarms.create(ALARM, { delayInMinutes: done.afterS / 60 })
  }
}

async function take(said: unknown, sender: chrome.runtime.MessageSender) {
  const reply = replyIn(said)
  if (!reply || sender.id !== chrome.runtime.id || !sender.url || !sender.tab) return
  const page = new URL(sender.url)
  const service = serviceOf(page)
  if (!service || !(await isOn()) || !(await paired())) return
  const url = URL.canParse(reply.url) ? new URL(reply.url) : null
  const isOfPage = service.withNextData && url?.origin === page.origin
  if (!url || !(isOfPage || isReplyOf(service, withStream(url)))) return
  const dropped = await outbox.add(page.origin, reply)
  await count((before) => ({
    dropped: before.dropped + dropped,
    waiting: before.waiting + 1 - dropped,
  }))
  flushSoon()
}

/** Only a channel with a session brings creations; its number was left out on the way. */
function withStream(url: URL): URL {
  const whole = new URL(url)
  whole.searchParams.set('gsessionid', '')
  return whole
}

async function state(): Promise<State> {
  const program = await paired()
  return { ...(await counts()), isOn: await isOn(), address: program?.address ?? null }
}

async function forget() {
  await outbox.clear()
  await chrome.storage.local.remove('paired')
  await chrome.storage.session.set({ counts: NOTHING })
}

async function answer(message: Message): Promise<State & { failed?: Reason }> {
  let failed: Reason | undefined
  try {
    if (message.type === 'pair') {
      const program = await pair(ask, message.code, browserName())
      await chrome.storage.local.set({ paired: program, isOn: true })
      await chrome.storage.session.set({ counts: NOTHING })
    }
  } catch (error) {
    failed = error instanceof LinkError ? error.reason : 'off'
  }
  if (message.type === 'forget') await forget()
  if (message.type === 'switch') {
    await chrome.storage.local.set({ isOn: message.isOn })
    if (!message.isOn) await outbox.clear()
    if (!message.isOn) await count(() => ({ waiting: 0, trouble: null }))
    else flushSoon()
  }
  await showBadge()
  return failed ? { ...(await state()), failed } : state()
}

async function showBadge() {
  const now = await state()
  const isStuck = now.trouble !== null && now.address !== null && now.isOn
  const text = !now.address
    ? ''
    : !now.isOn
      ? '–'
      : isStuck
        ? '!'
        : now.sent
          ? short(now.sent)
          : ''
  await chrome.action.setBadgeText({ text })
  await chrome.action.setBadgeBackgroundColor({ color: isStuck ? '#a92a25' : '#17693d' })
}

const short = (amount: number) => (amount > 999 ? `${Math.floor(amount / 1000)}k` : `${amount}`)

function browserName(): string {
  const said = navigator.userAgent
  const name = /Edg\//.test(said) ? 'Edge' : /Firefox\//.test(said) ? 'Firefox' : 'Chrome'
  return `${name}, ${MANIFEST.name} ${MANIFEST.version}`
}

chrome.runtime.onMessage.addListener((message: Message, sender, respond) => {
  if (message.type === 'reply') {
    void take(message.reply, sender)
    return false
  }
  // Only our own pages, the popup, may ask the rest.
  if (!sender.url || new URL(sender.url).origin !== location.origin) return false
  void answer(message).then(respond)
  return true
})
chrome.alarms.onAlarm.addListener(() => void flush())
void showBadge()
