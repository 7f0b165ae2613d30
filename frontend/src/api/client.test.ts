import { afterEach, expect, it, vi } from 'vitest'
import { ApiError, GET, POST, said } from './client'

afterEach(() => vi.unstubAllGlobals())

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })

const answering = (fetch: (request: Request) => Promise<Response>) =>
  vi.stubGlobal('fetch', fetch)
const problem = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    (error: ApiError) => error,
  )

it('gives what the server said', async () => {
  const asked: string[] = []
  answering(async (request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`)
    return json({ sites: [] })
  })
  expect(await said(GET('/api/sites'))).toEqual({ sites: [] })
  expect(asked).toEqual(['GET /api/sites'])
})

it('throws the code and the words of a problem', async () => {
  answering(async () =>
    json({ code: 'no_adapter', message: 'No site takes this.', detail: 'x' }, 422),
  )
  const error = await problem(said(POST('/api/jobs', { body: {} })))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({
    code: 'no_adapter',
    message: 'No site takes this.',
    status: 422,
  })
  expect(error?.detail).toBe('POST /api/jobs: 422\nx')
})

it('calls an answer that is no JSON a bad reply', async () => {
  answering(async () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }))
  expect(await problem(said(GET('/api/sites')))).toMatchObject({ code: 'bad_reply' })
})

it('says offline when nobody answers', async () => {
  answering(async () => Promise.reject(new TypeError('Failed to fetch')))
  expect(await problem(said(GET('/api/sites')))).toMatchObject({ code: 'offline', status: 0 })
})

it('says timeout when the time is over', async () => {
  const over = new AbortController()
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(over.signal)
  answering(async () => {
    over.abort()
    throw new DOMException('aborted', 'AbortError')
  })
  expect(await problem(said(GET('/api/sites')))).toMatchObject({ code: 'timeout' })
})

it('says JSON also when a change carries nothing', async () => {
  const types: (string | null)[] = []
  answering(async (request) => {
    types.push(request.headers.get('content-type'))
    return json({})
  })
  await said(POST('/api/jobs/{job_id}/pause', { params: { path: { job_id: 1 } } }))
  expect(types).toEqual(['application/json'])
})
