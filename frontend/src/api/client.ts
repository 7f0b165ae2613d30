import createClient from 'openapi-fetch'
import type { components, paths } from './schema'

/** The shapes of the wire, by the names that the server gives them. */
export type Schemas = components['schemas']

const TIMEOUT_MS = 10_000
/** These wait for somebody else's server, which may be slow or ask us to wait. */
const SITE_TIMEOUT_MS = 60_000
const ASKS_A_SITE = new Set(['/api/browse', '/api/settings/check-key'])
/** These work on files, or on all of a library, before they answer. */
const WORK_TIMEOUT_MS = 600_000
const WORKS =
  /^\/api\/(adoptions|conversions\/(try|\d+\/undo)|exports\/preview|imports(\/[\w-]+\/(send|commit))?)$/
/** Here a body is a file; elsewhere it is JSON. */
const UPLOADS = '/api/imports'

function timeoutFor(pathname: string): number {
  if (WORKS.test(pathname)) return WORK_TIMEOUT_MS
  return ASKS_A_SITE.has(pathname) ? SITE_TIMEOUT_MS : TIMEOUT_MS
}

/**
 * Every way in which a request fails, with a stable `code`.
 *
 * The server's own codes, and three of ours: `offline` (nobody answers), `timeout`, and
 * `bad_reply` (something answers that is not Artkeep).
 */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
    readonly detail?: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** The only `fetch` in the app. */
async function fetchInTime(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const late = AbortSignal.timeout(timeoutFor(pathname))
  const where = `${request.method} ${pathname}`
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, late]) })
  } catch (error) {
    if (request.signal.aborted) throw error
    if (late.aborted) {
      throw new ApiError('timeout', 'No answer in time.', 0, where)
    }
    throw new ApiError('offline', 'The server does not answer.', 0, where)
  }
}

const client = createClient<paths>({ baseUrl: location.origin, fetch: fetchInTime })

client.use({
  // The server takes changes as JSON only, also those that carry nothing (SE-3).
  onRequest({ request }) {
    if (request.method === 'GET') return request
    const isFile = new URL(request.url).pathname === UPLOADS
    request.headers.set(
      'Content-Type',
      isFile ? 'application/octet-stream' : 'application/json',
    )
    return request
  },
  async onResponse({ request, response }) {
    const where = `${request.method} ${new URL(request.url).pathname}: ${response.status}`
    if (response.headers.get('content-type')?.includes('json') !== true) {
      throw new ApiError('bad_reply', 'The answer cannot be read.', response.status, where)
    }
    if (!response.ok) {
      const problem = (await response.json()) as Partial<Schemas['Problem']>
      throw new ApiError(
        problem.code ?? 'bad_reply',
        problem.message ?? response.statusText,
        response.status,
        [where, problem.detail].filter(Boolean).join('\n'),
      )
    }
  },
})

type Answer<T> = Promise<{ data?: T; error?: unknown; response: Response }>

/** What the server said. Throws ApiError; anything outside 2xx never gets here. */
export async function said<T>(answer: Answer<T>): Promise<T> {
  const { data } = await answer
  return data as T
}

export const { GET, POST, PUT, PATCH, DELETE } = client
