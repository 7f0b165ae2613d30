import type { Reply } from './watch'

/** What is kept of a program that this was paired with. Nobody else knows the token. */
export interface Paired {
  address: string // http://127.0.0.1:5000
  id: string
  token: string
}

export interface Answer {
  status: number
  body: Record<string, unknown>
  retryAfterS: number
}

/** Posts JSON to the program, from where no page can see it. Rejects when nobody answers. */
export type Ask = (
  url: string,
  body: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>

/**
 * Why it does not go on, a word for `words.ts`:
 *
 * `bad_code` (it cannot be one), `no_code` (the program shows none), `wrong_code`, `stranger` (who
 * answers is not the program), `not_paired`, `full`, `off` (nobody answers), `later`, `refused`.
 */
export type Reason =
  | 'bad_code'
  | 'no_code'
  | 'wrong_code'
  | 'stranger'
  | 'not_paired'
  | 'full'
  | 'off'
  | 'later'
  | 'refused'

export class LinkError extends Error {
  constructor(
    readonly reason: Reason,
    readonly afterS = 0,
  ) {
    super(reason)
  }
}

const DEFAULT_PORT = 5000
const CODE = /^([2-9A-HJKMNP-Z]{5})-?([2-9A-HJKMNP-Z]{5})(?:@(\d{1,5}))?$/
const REASONS: Record<string, Reason> = {
  no_code: 'no_code',
  wrong_code: 'wrong_code',
  not_paired: 'not_paired',
  inbox_full: 'full',
}

/** The code as it is typed, `7KQ2M-XW9RD@5001`: what both sides know, and where the program is. */
export function readCode(typed: string): { code: string; address: string } {
  const found = CODE.exec(typed.replace(/\s/g, '').toUpperCase())
  const port = Number(found?.[3] ?? DEFAULT_PORT)
  if (!found || port < 1 || port > 65535) throw new LinkError('bad_code')
  return { code: `${found[1]}${found[2]}`, address: new URL(`http://127.0.0.1:${port}`).origin }
}

/** Pair with the program that shows this code (`jobs/pairing.py` has the other half). */
export async function pair(ask: Ask, typed: string, name: string): Promise<Paired> {
  const { code, address } = readCode(typed)
  const { host: place } = new URL(address)
  const mine = randomText()
  const greeted = await asked(ask, `${address}/api/pairings/greet`, { challenge: mine })
  const theirs = String(greeted.challenge)
  const expected = await proof(code, 'artkeep 1 program knows the code', place, mine, theirs)
  // Whoever listens there does not know the code, or it was typed wrong: say nothing more.
  if (greeted.proof !== expected) throw new LinkError('wrong_code')
  const token = randomText()
  const tokenHash = await hashOf(token)
  const parts = ['artkeep 1 extension knows the code', place, mine, theirs, tokenHash, name]
  const admitted = await asked(ask, `${address}/api/pairings/admit`, {
    challenge: mine,
    proof: await proof(code, ...parts),
    token_hash: tokenHash,
    name,
  })
  return { address, id: String(admitted.id), token }
}

/** Resolves when who answers there is the program that this was paired with. */
export async function prove(ask: Ask, paired: Paired): Promise<void> {
  const challenge = randomText()
  const told = await asked(ask, `${paired.address}/api/pairings/prove`, {
    id: paired.id,
    challenge,
  })
  const { host } = new URL(paired.address)
  const parts = ['artkeep 1 program knows the token', host, challenge]
  const expected = await proof(await hashOf(paired.token), ...parts)
  if (told.proof !== expected) throw new LinkError('stranger')
}

/** Send replies, after `prove`; how many creations told the program something new. */
export async function send(
  ask: Ask,
  paired: Paired,
  origin: string,
  replies: readonly Reply[],
): Promise<number> {
  const taken = await asked(
    ask,
    `${paired.address}/api/captures`,
    { origin, replies },
    { Authorization: `Bearer ${paired.token}` },
  )
  return Number(taken.new) || 0
}

async function asked(
  ask: Ask,
  url: string,
  body: unknown,
  headers?: Record<string, string>,
): Promise<Record<string, unknown>> {
  const answer = await ask(url, body, headers).catch(() => {
    throw new LinkError('off')
  })
  if (answer.status >= 200 && answer.status < 300) return answer.body
  const reason = REASONS[String(answer.body.code)]
  if (reason) throw new LinkError(reason)
  if (answer.status === 429 || answer.status >= 500) {
    throw new LinkError('later', answer.retryAfterS)
  }
  // Something that is not Artkeep, or does not know extensions yet, says so in its own way.
  throw new LinkError(url.endsWith('/api/captures') ? 'refused' : 'stranger')
}

const encoder = new TextEncoder()

async function proof(key: string, ...parts: string[]): Promise<string> {
  const kind = { name: 'HMAC', hash: 'SHA-256' }
  const usable = await crypto.subtle.importKey('raw', encoder.encode(key), kind, false, [
    'sign',
  ])
  return hexadecimal(await crypto.subtle.sign('HMAC', usable, encoder.encode(parts.join('\n'))))
}

async function hashOf(token: string): Promise<string> {
  return hexadecimal(await crypto.subtle.digest('SHA-256', encoder.encode(token)))
}

function hexadecimal(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function randomText(): string {
  return hexadecimal(crypto.getRandomValues(new Uint8Array(32)).buffer)
}
