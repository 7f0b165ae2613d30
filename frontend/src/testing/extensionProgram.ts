/** Artkeep's half of the protocol, as `jobs/pairing.py` and `web/captures.py` have it; for tests. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Answer, Ask } from '../../extension/link'

const proof = (key: string, ...parts: string[]) =>
  createHmac('sha256', key).update(parts.join('\n')).digest('hex')

export interface Call {
  path: string
  body: Record<string, unknown>
  headers: Record<string, string>
}

/** A program that shows this code; `place` is where it believes to be. */
export class Program {
  calls: Call[] = []
  isOff = false
  refusal: { status: number; code: string } | null = null
  private theirs = ''
  private tokenHash = ''

  constructor(
    private readonly code: string,
    private readonly place = '127.0.0.1:5000',
  ) {}

  readonly ask: Ask = (url, body, headers = {}) => {
    if (this.isOff) return Promise.reject(new TypeError('Failed to fetch'))
    const call = { path: new URL(url).pathname, body: body as Call['body'], headers }
    this.calls.push(call)
    return Promise.resolve(this.answer(call))
  }

  sent() {
    return this.calls.filter(({ path }) => path === '/api/captures').map(({ body }) => body)
  }

  private answer({ path, body, headers }: Call): Answer {
    const answered = (status: number, told: Answer['body']) => ({
      status,
      body: told,
      retryAfterS: 0,
    })
    const mine = String(body.challenge)
    if (path === '/api/pairings/greet') {
      this.theirs = randomBytes(18).toString('base64url')
      const parts = ['artkeep 1 program knows the code', this.place, mine, this.theirs]
      return answered(200, { challenge: this.theirs, proof: proof(this.code, ...parts) })
    }
    if (path === '/api/pairings/admit') {
      const hash = String(body.token_hash)
      const parts = ['artkeep 1 extension knows the code', this.place, mine, this.theirs, hash]
      if (body.proof !== proof(this.code, ...parts, String(body.name))) {
        return answered(403, { code: 'wrong_code' })
      }
      this.tokenHash = hash
      return answered(201, { id: 'one' })
    }
    if (path === '/api/pairings/prove') {
      const parts = ['artkeep 1 program knows the token', this.place, mine]
      return answered(200, { proof: proof(this.tokenHash, ...parts) })
    }
    if (this.refusal) return answered(this.refusal.status, { code: this.refusal.code })
    const token = headers.Authorization?.replace('Bearer ', '') ?? ''
    if (createHash('sha256').update(token).digest('hex') !== this.tokenHash) {
      return answered(403, { code: 'not_paired' })
    }
    return answered(200, { new: (body.replies as unknown[]).length })
  }
}
