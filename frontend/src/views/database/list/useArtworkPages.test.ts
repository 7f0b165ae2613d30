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

it('is as long as the whole answer from the first page on', async () => {
  const pages = await opened()
  expect(pages.cards.value.length).toBe(PAGE)
  expect(pages.slots.value.length).toBe(350)
  expect(pages.slots.value.filter(isCard).length).toBe(PAGE)
  expect(new Set(pages.slots.value.map((slot) => slot.id)).size).toBe(350)
})

it('fetches as far as somebody looks and no further', async () => {
  const pages = await opened()
  await pages.reach(10)
  expect(list).toHaveBeenCalledTimes(1)
  await pages.reach(220)
  expect(pages.cards.value.length).toBe(300)
  await pages.reach(349)
  expect(pages.cards.value.map((card) => card.id)).toEqual(cardsUpTo(350).map(({ id }) => id))
  expect(pages.isDone.value).toBe(true)
  await pages.reach(349)
  expect(list).toHaveBeenCalledTimes(4)
})

it('grows as it is read where nobody counts that far', async () => {
  list.mockImplementation(answersFrom({ cards: cardsUpTo(350), counted: 200 }))
  const pages = await opened()
  expect(pages.total.value).toBeNull()
  expect(pages.slots.value.length).toBe(10_000)
  await pages.reach(349)
  expect(pages.slots.value.length).toBe(350)
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
  expect(pages.cards.value.length).toBe(PAGE)
  list.mockImplementation(answersFrom({ cards: [aCard(7)] }))
  q = 'quick'
  await pages.reload()
  answerLate!({ artworks: cardsUpTo(3), next_cursor: null, total: 3, total_is_more: false })
  await late
  expect(pages.shown.value?.q).toBe('quick')
  expect(pages.cards.value.map((card) => card.id)).toEqual([7])
})

it('keeps what is there when a page fails, and goes on where it broke off', async () => {
  const pages = await opened()
  list.mockRejectedValueOnce(busy)
  await pages.reach(150)
  expect(pages.error.value).toBe(busy)
  expect(pages.cards.value.length).toBe(PAGE)
  await pages.reach(160)
  expect(list).toHaveBeenCalledTimes(2) // not again by itself
  await pages.retry()
  expect(pages.error.value).toBeNull()
  expect(pages.cards.value.length).toBe(300)
})

it('puts artworks as they are now in their places', async () => {
  const pages = await opened()
  pages.patch([aCard(3, { badge: 'have' }), aCard(999)])
  expect(pages.cards.value[2]!.badge).toBe('have')
  expect(pages.cards.value.length).toBe(PAGE)
})

it('looks again at what is in sight without moving anything', async () => {
  const library = { cards: cardsUpTo(350) }
  list.mockImplementation(answersFrom(library))
  const pages = await opened()
  await pages.reach(120)
  library.cards = [aCard(900), ...library.cards.map((card) => ({ ...card, author: 'new' }))]
  expect(await pages.look(110, 130)).toBe(351)
  await flushPromises()
  expect(pages.cards.value[110]!.author).toBe('new')
  expect(pages.cards.value.map((card) => card.id)).not.toContain(900)
  expect(pages.total.value).toBe(350)
})
