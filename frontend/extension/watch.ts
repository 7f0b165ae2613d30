import { bareAddress, isReplyOf, isStream, type Service } from './services'

/** What a service answered its own page: text only, never a header or a cookie. */
export interface Reply {
  url: string
  text: string
  request?: string
}

/** In characters; the program takes no longer ones (8 MiB of bytes) either. */
export const LONGEST_REPLY = 4 * 2 ** 20
const LONGEST_REQUEST = 2 ** 17
const QUIET_MS = 1_000

type Page = Pick<typeof globalThis, 'fetch' | 'XMLHttpRequest'> & { location: { href: string } }

/**
 * Hands over the replies that a page gets from its service, from now on.
 *
 * The page gets them as ever: whatever goes wrong here must not reach it.
 */
export function watch(page: Page, service: Service, deliver: (reply: Reply) => void) {
  watchFetch(page, service, deliver)
  watchRequests(page, service, deliver)
}

function watchFetch(page: Page, service: Service, deliver: (reply: Reply) => void) {
  page.fetch = new Proxy(page.fetch, {
    apply(original, self, given: Parameters<typeof fetch>) {
      const answer = Reflect.apply(original, self, given) as Promise<Response>
      const [asked, options] = given
      const url = addressOf(page, asked)
      if (url && isReplyOf(service, url)) {
        // A Request's own body is gone once it is sent; the services pass theirs beside it.
        const request = service.withRequest ? sentText(options?.body) : undefined
        answer
          .then((response) => {
            if (response.ok) return collect(response.clone(), url, request, deliver)
          })
          .catch(() => undefined)
      }
      return answer
    },
  })
}

/** The text of a reply; of a stream what has come whenever nothing more comes for a second. */
async function collect(
  response: Response,
  url: URL,
  request: string | undefined,
  deliver: (reply: Reply) => void,
) {
  if (!isText(response.headers.get('content-type'))) return
  const reader = response.body?.getReader()
  if (!reader) return
  const decoder = new TextDecoder()
  const told = teller(url, request, deliver)
  let text = ''
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    text += decoder.decode(value, { stream: !done })
    if (text.length > LONGEST_REPLY) return void reader.cancel().catch(() => undefined)
    if (done) return told.now(text)
    told.soon(text)
  }
}

function watchRequests(page: Page, service: Service, deliver: (reply: Reply) => void) {
  const prototype = page.XMLHttpRequest.prototype
  const addresses = new WeakMap<XMLHttpRequest, URL>()
  prototype.open = new Proxy(prototype.open, {
    apply(original, self: XMLHttpRequest, given: [string, string | URL]) {
      const url = addressOf(page, given[1])
      if (url && isReplyOf(service, url)) addresses.set(self, url)
      else addresses.delete(self)
      return Reflect.apply(original, self, given)
    },
  })
  prototype.send = new Proxy(prototype.send, {
    apply(original, self: XMLHttpRequest, given: [unknown]) {
      const url = addresses.get(self)
      if (url) {
        const request = service.withRequest ? sentText(given[0]) : undefined
        const told = teller(url, request, deliver)
        if (isStream(url)) self.addEventListener('progress', () => told.soon(textOf(self)))
        self.addEventListener('loadend', () => told.now(textOf(self)))
      }
      return Reflect.apply(original, self, given)
    },
  })
}

function textOf(asked: XMLHttpRequest): string {
  try {
    const isWanted = asked.status < 400 && isText(asked.getResponseHeader('content-type'))
    if (!isWanted) return ''
    if (asked.responseType === '' || asked.responseType === 'text') return asked.responseText
    if (asked.responseType === 'json') return JSON.stringify(asked.response ?? null)
  } catch {
    // It was taken back meanwhile.
  }
  return ''
}

/** Delivers each text once, and none that is too long or says nothing. */
function teller(url: URL, request: string | undefined, deliver: (reply: Reply) => void) {
  let last = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  function now(text: string) {
    clearTimeout(timer)
    if (text === last || text.trim() === '' || text.length > LONGEST_REPLY) return
    last = text
    const reply = { url: bareAddress(url), text }
    deliver(request ? { ...reply, request } : reply)
  }
  function soon(text: string) {
    if (!isStream(url)) return
    clearTimeout(timer)
    timer = setTimeout(() => now(text), QUIET_MS)
  }
  return { now, soon }
}

function addressOf(page: Page, asked: unknown): URL | null {
  try {
    const said = asked instanceof Request ? asked.url : String(asked)
    return new URL(said, page.location.href)
  } catch {
    return null
  }
}

function sentText(body: unknown): string | undefined {
  return typeof body === 'string' && body.length <= LONGEST_REQUEST ? body : undefined
}

function isText(kind: string | null): boolean {
  return kind === null || /json|text/.test(kind)
}
