import { expect, it, vi } from 'vitest'
import { LinkError } from './link'
import { Outbox, type Waiting } from './outbox'

const PAGE = 'https://app.starryai.com'
const OTHER = 'https://creator.nightcafe.studio'
const reply = (text: string) => ({ url: `${PAGE}/graphql`, text })

function box() {
  const kept: { waiting: Waiting[]; isFull: boolean } = { waiting: [], isFull: false }
  const clock = { now: 0 }
  const keep = {
    load: () => Promise.resolve(kept.waiting),
    save: (waiting: Waiting[]) => {
      if (kept.isFull && waiting.length) return Promise.reject(new Error('quota'))
      kept.waiting = waiting
      return Promise.resolve()
    },
  }
  return { kept, clock, outbox: new Outbox(keep, () => clock.now) }
}

it('sends what waits in batches of one page, and keeps what comes meanwhile', async () => {
  const { outbox, kept } = box()
  await Promise.all([outbox.add(PAGE, reply('1')), outbox.add(PAGE, reply('2'))])
  await outbox.add(OTHER, reply('3'))
  const send = vi.fn((_: string, replies: unknown[]) => Promise.resolve(replies.length))
  const flushing = outbox.flush(send)
  const adding = outbox.add(PAGE, reply('4'))
  expect(await flushing).toMatchObject({ sent: 3, dropped: 0, waiting: 0, stopped: null })
  await adding
  expect(send.mock.calls.map(([origin, replies]) => [origin, replies.length])).toEqual([
    [PAGE, 2],
    [OTHER, 1],
  ])
  expect(kept.waiting.map((one) => one.reply.text)).toEqual(['4'])
})

it('waits for a program that is off, but not longer than its addresses live', async () => {
  const { outbox, clock } = box()
  await outbox.add(PAGE, reply('1'))
  const off = () => Promise.reject(new LinkError('off'))
  expect(await outbox.flush(off)).toMatchObject({ waiting: 1, stopped: 'off', afterS: 30 })
  const busy = () => Promise.reject(new LinkError('later', 90))
  expect(await outbox.flush(busy)).toMatchObject({ waiting: 1, stopped: 'later', afterS: 90 })
  clock.now = 60 * 60 * 1000
  expect(await outbox.flush(off)).toMatchObject({ waiting: 0, dropped: 1, stopped: null })
})

it('drops what nobody takes, and the oldest where there is no room', async () => {
  const { outbox, kept } = box()
  await outbox.add(PAGE, reply('1'))
  const refused = () => Promise.reject(new LinkError('refused'))
  expect(await outbox.flush(refused)).toMatchObject({ dropped: 1, waiting: 0, stopped: null })

  const large = 'x'.repeat(2.5 * 2 ** 20)
  expect(await outbox.add(PAGE, reply(large))).toBe(0)
  expect(await outbox.add(PAGE, reply(large))).toBe(0)
  expect(await outbox.add(PAGE, reply(large))).toBe(1)
  const batches: number[] = []
  await outbox.flush((_, replies) => Promise.resolve(batches.push(replies.length)))
  expect(batches).toEqual([1, 1])

  for (let n = 0; n < 201; n++) await outbox.add(PAGE, reply(`${n}`))
  expect(kept.waiting.map((one) => one.reply.text).slice(0, 2)).toEqual(['1', '2'])
  kept.isFull = true
  expect(await outbox.add(PAGE, reply('no room'))).toBe(201)
  expect(kept.waiting).toEqual([])
})
