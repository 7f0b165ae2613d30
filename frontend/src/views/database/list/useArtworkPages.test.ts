import { listArtworks } from '@/api/artworks'
import { ApiError } from '@/api/client'
import { runAt } from '@/testing/harness'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { aCard, answersFrom, cardsUpTo } from '@/testing/artworks'
import { isCard, PAGE, useArtworkPages } from './useArtworkPages'

vi.mock('@/api/artworks')
const list = vi.mocked(listArtworks)
const busy = new ApiError('database_busy', 'Busy.', 503)
let q = ''

beforeEach(() => {
  q = ''
  list.mockReset().mockImplementation(answersFrom({ cards: cardsUpTo(350) }))
})

async function opened() {
  const { found } = await runAt('/', () =>
    useArtworkPages(() => ({ q, sort: 'newest' as const })),
  )
  await found.reload()
  return found
}

const idsOf = (pages: Awaited<ReturnType<typeof opened>>, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => pages.cardAt(first + at)?.id)

it('is as long as the whole answer from the first page on', async () => {
  const pages = await opened()
  const { length, at } = pages.slots.value
  expect(length).toBe(350)
  expect(isCard(at(PAGE - 1))).toBe(true)
  expect(isCard(at(PAGE))).toBe(false)
  expect(new Set(Array.from({ length }, (_, index) => at(index).id)).size).toBe(350)
})

it('fetches what somebody looks at and a little beside it, by cursor or by a jump', async () => {
  const pages = await opened()
  await pages.reach(0, 10)
  expect(list).toHaveBeenCalledTimes(1)
  await pages.reach(310, 349)
  expect(list).toHaveBeenCalledTimes(3)
  expect(list.mock.calls[1]![1]).toEqual({ cursor: '100', skip: 200 })
  expect(idsOf(pages, 300, 349)).toEqual(
    cardsUpTo(350)
      .slice(300)
      .map(({ id }) => id),
  )
  expect(pages.cardAt(150)).toBeUndefined()
  await pages.reach(100)
  expect(list.mock.calls[3]![1]).toEqual({ cursor: '100' })
  expect(pages.placeOf(151)).toBe(150)
})

it('goes far by the nearest place that is known', async () => {
  list.mockImplementation(answersFrom({ cards: cardsUpTo(5000), counted: 200 }))
  const course = { length: 5000, anchors: [{ start: 3950, cursor: '3950' }] }
  const { found } = await runAt('/', () =>
    useArtworkPages(
      () => ({ q, sort: 'newest' as const }),
      () => course,
    ),
  )
  await found.reload()
  expect(found.slots.value.length).toBe(5000)
  await found.reach(4080, 4090)
  expect(list.mock.calls[1]![1]).toEqual({ cursor: '3950', skip: 50 })
  expect(found.cardAt(4085)?.id).toBe(4086)
})

it('finds its end where it was thought to be longer', async () => {
  list.mockImplementation(answersFrom({ cards: cardsUpTo(350), counted: 200 }))
  const pages = await opened()
  expect(pages.total.value).toBeNull()
  expect(pages.slots.value.length).toBe(10_000)
  await pages.reach(9_999)
  expect(pages.slots.value.length).toBe(350)
  expect(pages.cardAt(349)?.id).toBe(350)
})

it('forgets what was looked at longest ago', async () => {
  list.mockImplementation(answersFrom({ cards: cardsUpTo(20_000), counted: 30_000 }))
  const pages = await opened()
  for (let index = 0; index < 20_000; index += PAGE) await pages.reach(index)
  expect(pages.cardAt(0)).toBeUndefined()
  expect(pages.placeOf(1)).toBe(-1)
  expect(pages.cardAt(19_999)?.id).toBe(20_000)
  await pages.reach(0)
  expect(pages.cardAt(0)?.id).toBe(1)
})

it('brings a whole range, whatever of it is here', async () => {
  const pages = await opened()
  const range = await pages.fetchRange(90, 320)
  expect(range.map(({ id }) => id)).toEqual(
    cardsUpTo(350)
      .slice(90, 321)
      .map(({ id }) => id),
  )
})

it('never calls a list empty before its answer has come', async () => {
  list.mockImplementation(answersFrom({ cards: [] }))
  const { found } = await runAt('/', () => useArtworkPages(() => ({ q, sort: 'newest' })))
  const answer = found.reload()
  expect(found.isEmpty.value).toBe(false)
  await answer
  expect(found.isEmpty.value).toBe(true)
})

it('keeps the old answer until the new one is here, and drops one that comes late', async () => {
  const pages = await opened()
  let answerLate: (page: Awaited<ReturnType<typeof listArtworks>>) => void
  list.mockReturnValueOnce(new Promise((resolve) => (answerLate = resolve)))
  q = 'slow'
  const late = pages.reload()
  expect(pages.slots.value.length).toBe(350)
  list.mockImplementation(answersFrom({ cards: [aCard(7)] }))
  q = 'quick'
  await pages.reload()
  answerLate!({
    artworks: cardsUpTo(3),
    next_cursor: null,
    total: 3,
    total_is_more: false,
    unindexed: 0,
  })
  await late
  expect(pages.shown.value?.q).toBe('quick')
  expect(pages.slots.value.length).toBe(1)
  expect(pages.cardAt(0)?.id).toBe(7)
})

it('keeps what is there when a page fails, and goes on where it broke off', async () => {
  const pages = await opened()
  list.mockRejectedValueOnce(busy)
  await pages.reach(150)
  expect(pages.error.value).toBe(busy)
  expect(pages.cardAt(PAGE - 1)?.id).toBe(PAGE)
  await pages.reach(160)
  expect(pages.cardAt(160)).toBeUndefined() // not again by itself
  await pages.retry()
  expect(pages.error.value).toBeNull()
  await pages.reach(160)
  expect(pages.cardAt(160)?.id).toBe(161)
})

it('puts artworks as they are now in their places', async () => {
  const pages = await opened()
  pages.patch([aCard(3, { badge: 'have' }), aCard(999)])
  expect(pages.cardAt(2)!.badge).toBe('have')
  expect(pages.placeOf(999)).toBe(-1)
})

it('looks again at what is in sight without moving anything', async () => {
  const library = { cards: cardsUpTo(350) }
  list.mockImplementation(answersFrom(library))
  const pages = await opened()
  await pages.reach(120)
  library.cards = [aCard(900), ...library.cards.map((card) => ({ ...card, author: 'new' }))]
  expect(await pages.look(110, 130)).toBe(351)
  await flushPromises()
  expect(pages.cardAt(110)!.author).toBe('new')
  expect(pages.placeOf(900)).toBe(-1)
  expect(pages.total.value).toBe(350)
})
