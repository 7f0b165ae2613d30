import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { replyIn } from './messages'
import { bareAddress, isReplyOf, PAGE_PATTERNS, serviceOf, SERVICES } from './services'
import { LONGEST_REPLY, watch, type Reply } from './watch'

const NIGHTCAFE = SERVICES.nightcafe!
const CHANNEL =
  'https://firestore.googleapis.com/google.firestore.v1.Firestore/Listen/channel?gsessionid=a&SID=b'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A page whose service answers so; what was handed over. */
function page(
  service: keyof typeof SERVICES,
  answer: (url: string) => Response | Promise<Response>,
) {
  class Asked extends EventTarget {
    status = 200
    responseType = ''
    responseText = ''
    response: unknown = null
    open() {}
    send() {}
    getResponseHeader = () => 'application/json'
  }
  const told: Reply[] = []
  const asked = vi.fn((input: RequestInfo | URL) =>
    Promise.resolve(answer(String(input instanceof Request ? input.url : input))),
  )
  const window = {
    location: { href: 'https://app.starryai.com/app' },
    fetch: asked as unknown as typeof fetch,
    XMLHttpRequest: Asked as unknown as typeof XMLHttpRequest,
  }
  watch(window, SERVICES[service]!, (reply) => void told.push(reply))
  return { window, told, Asked }
}

const json = (value: unknown) => Response.json(value)

it('hands over what the service answers, and the page gets it as ever', async () => {
  const { window, told } = page('starryai', () => json({ data: 1 }))
  const answers = await Promise.all([
    window.fetch('/graphql?token=secret', { method: 'POST', body: 'secret' }),
    window.fetch(new Request('https://app.starryai.com/graphql')),
    window.fetch('https://a.example/graphql'),
    window.fetch('https://app.starryai.com/login'),
  ])
  expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(
    Array(4).fill({ data: 1 }),
  )
  await vi.waitFor(() => expect(told).toHaveLength(2))
  expect(told[0]).toEqual({ url: 'https://app.starryai.com/graphql', text: '{"data":1}' })
})

it('leaves errors, pictures and what is too long to the page alone', async () => {
  const replies = [
    new Response('{}', { status: 500 }),
    new Response('{}', { headers: { 'Content-Type': 'image/png' } }),
    new Response('x'.repeat(LONGEST_REPLY + 1), { headers: { 'Content-Type': 'text/plain' } }),
    new Response('  ', { headers: { 'Content-Type': 'text/plain' } }),
  ]
  const left = [...replies]
  const { window, told } = page(
    'starryai',
    () => left.shift() ?? Promise.reject(new Error('!')),
  )
  for (const reply of replies) expect(await window.fetch('/graphql')).toBe(reply)
  await expect(window.fetch('/graphql')).rejects.toThrow('!')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(told).toEqual([])
})

it('tells the settings that stand in the request only where the service needs it', async () => {
  const { window, told } = page('novita', () => json({ task_id: 'x' }))
  const body = '{"request": {"prompt": "a"}}'
  await window.fetch('https://api.novita.ai/v3/async/txt2img', { method: 'POST', body })
  await vi.waitFor(() => expect(told[0]?.request).toBe(body))
})

it('does not wait for the end of a channel, and tells nothing of it twice', async () => {
  let more: (text: string) => void = () => undefined
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      more = (text) => controller.enqueue(new TextEncoder().encode(text))
    },
  })
  const headers = { 'Content-Type': 'text/plain' }
  const { window, told } = page('nightcafe', () => new Response(stream, { headers }))
  await window.fetch(CHANNEL)
  more('[1]')
  await vi.advanceTimersByTimeAsync(1_000)
  more('[2')
  more(']')
  await vi.advanceTimersByTimeAsync(1_000)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(told.map((one) => one.text)).toEqual(['[1]', '[1][2]'])
  expect(told[0]!.url).not.toContain('?')
})

it('sees older requests as well, of any kind of answer', () => {
  const { window, told } = page('nightcafe', () => json({}))
  const ask = (url: string, answer: object) => {
    const asked = new window.XMLHttpRequest()
    asked.open('GET', url)
    asked.send()
    Object.assign(asked, answer).dispatchEvent(new Event('loadend'))
  }
  ask('https://api.nightcafe.studio/creations', { responseText: '{"a":1}' })
  ask('https://api.nightcafe.studio/jobs', { responseType: 'json', response: { b: 2 } })
  ask('https://api.nightcafe.studio/error', { status: 401, responseText: '{"c":3}' })
  ask('https://api.nightcafe.studio/blob', { responseType: 'blob', response: {} })
  ask('https://a.example/creations', { responseText: '{"d":4}' })
  expect(told.map((one) => one.text)).toEqual(['{"a":1}', '{"b":2}'])

  const channel = new window.XMLHttpRequest()
  channel.open('GET', CHANNEL)
  channel.send()
  Object.assign(channel, { responseText: '[5]' }).dispatchEvent(new Event('progress'))
  vi.advanceTimersByTime(1_000)
  expect(told.at(-1)!.text).toBe('[5]')
})

it('knows each service by its pages, and only its own replies', () => {
  const of = (page: string) => serviceOf(new URL(page))
  expect(of('https://creator.nightcafe.studio/creations')).toBe(NIGHTCAFE)
  expect(of('https://starryai.com/app')).toBe(SERVICES.starryai)
  for (const page of [
    'https://nightcafe.studio.evil.test/',
    'https://evilstarryai.com/',
    'http://starryai.com/',
    'https://example.com/',
  ]) {
    expect(of(page)).toBeNull()
  }
  const isReply = (name: string, url: string) => isReplyOf(SERVICES[name]!, new URL(url))
  expect(
    isReply('civitai', 'https://civitai.com/api/trpc/orchestrator.queryGeneratedImages'),
  ).toBe(true)
  expect(isReply('civitai', 'https://civitai.red/api/trpc/a.b,orchestrator.x?batch=1')).toBe(
    true,
  )
  expect(isReply('civitai', 'https://civitai.com/api/trpc/user.getSession')).toBe(false)
  expect(isReply('starryai', 'https://app.starryai.com:8443/graphql')).toBe(false)
  expect(isReply('mage', 'http://api.mage.space/api/v2/images')).toBe(false)
  expect(isReply('nightcafe', 'https://firestore.googleapis.com/v1/channel')).toBe(false)
  expect(PAGE_PATTERNS).toHaveLength(9)
})

it('cuts off what an address may hold of a login', () => {
  const bare = (url: string) => bareAddress(new URL(url))
  expect(bare('https://u:p@api.novita.ai/v3/x?token=y#z')).toBe('https://api.novita.ai/v3/x')
  expect(bare('https://api.dezgo.com/account/file?key=z&id=a%2Finput')).toBe(
    'https://api.dezgo.com/account/file?id=a%2Finput',
  )
})

it('takes nothing that a page script made up in another shape', () => {
  for (const said of [
    null,
    'text',
    {},
    { url: 1, text: '' },
    { url: 'x', text: 'x'.repeat(LONGEST_REPLY + 1) },
    { url: 'x'.repeat(5_000), text: '' },
    { url: 'x', text: '', request: {} },
  ]) {
    expect(replyIn(said)).toBeNull()
  }
  expect(replyIn({ url: 'x', text: 'y', headers: { cookie: 'z' } })).toEqual({
    url: 'x',
    text: 'y',
  })
})
