import { webcrypto } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Program } from '../src/testing/extensionProgram'
import { pair, prove, readCode, send } from './link'

// Browsers have it in every page that matters; jsdom does not.
beforeAll(() => void vi.stubGlobal('crypto', webcrypto))
afterAll(() => void vi.unstubAllGlobals())

const CODE = '7KQ2MXW9RD'
const REPLY = { url: 'https://app.starryai.com/graphql', text: '{}' }

it('reads a code however it is typed, and where the program is', () => {
  const here = 'http://127.0.0.1:5000'
  expect(readCode(' 7kq2m-xw9rd ')).toEqual({ code: CODE, address: here })
  expect(readCode('7KQ2MXW9RD@5001').address).toBe('http://127.0.0.1:5001')
  for (const typed of ['', '7KQ2M', '7KQ2M-XW9R0', '7KQ2M-XW9RD@0', '7KQ2M-XW9RD@evil.test']) {
    expect(() => readCode(typed)).toThrow('bad_code')
  }
})

it('pairs, has the program prove itself, and sends with a token that only it knows', async () => {
  const program = new Program(CODE)
  const paired = await pair(program.ask, '7KQ2M-XW9RD', 'Chrome')
  await prove(program.ask, paired)
  expect(await send(program.ask, paired, 'https://app.starryai.com', [REPLY])).toBe(1)
  const pairing = JSON.stringify(program.calls.filter(({ path }) => path.includes('pairings')))
  expect(pairing).not.toContain(paired.token)
  expect(pairing).not.toContain(CODE)
  expect(program.sent()).toEqual([{ origin: 'https://app.starryai.com', replies: [REPLY] }])
})

it('says nothing to a stranger, nor through one that passes everything on', async () => {
  const ignorant = new Program('22222ZZZZZ')
  await expect(pair(ignorant.ask, CODE, 'Chrome')).rejects.toThrow('wrong_code')
  expect(ignorant.calls.map(({ path }) => path)).toEqual(['/api/pairings/greet'])

  // It listens on 5050 and asks the program on 5000, whose proofs name 5000.
  const passedOn = new Program(CODE)
  await expect(pair(passedOn.ask, `${CODE}@5050`, 'Chrome')).rejects.toThrow('wrong_code')

  const paired = await pair(new Program(CODE).ask, CODE, 'Chrome')
  await expect(prove(new Program(CODE).ask, paired)).rejects.toThrow('stranger')
  const elsewhere = () => Promise.resolve({ status: 404, body: {}, retryAfterS: 0 })
  await expect(prove(elsewhere, paired)).rejects.toThrow('stranger')
})

it('tells a program that is off from one that refuses', async () => {
  const program = new Program(CODE)
  const paired = await pair(program.ask, CODE, 'Chrome')
  const sending = () => send(program.ask, paired, 'https://app.starryai.com', [REPLY])
  for (const [status, code, reason] of [
    [403, 'not_paired', 'not_paired'],
    [409, 'inbox_full', 'full'],
    [429, 'too_many_requests', 'later'],
    [503, 'database_busy', 'later'],
    [413, 'request_entity_too_large', 'refused'],
  ] as const) {
    program.refusal = { status, code }
    await expect(sending()).rejects.toThrow(reason)
  }
  program.isOff = true
  await expect(sending()).rejects.toThrow('off')
})
