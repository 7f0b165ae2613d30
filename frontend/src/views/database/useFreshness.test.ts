import { listArtworks } from '@/api/artworks'
import { useEventsStore } from '@/stores/events'
import { FakeSocket } from '@/testing/FakeSocket'
import { runAt } from '@/testing/harness'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { aCard, answersFrom, cardsUpTo } from '@/testing/artworks'
import { useArtworkPages } from './list/useArtworkPages'
import { useFreshness } from './useFreshness'

vi.mock('@/api/artworks')
const library: Parameters<typeof answersFrom>[0] = { cards: cardsUpTo(5) }
const tracked = ref<number | null>(null)

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.all = []
  Object.assign(library, { cards: cardsUpTo(5), counted: 10_000 })
  tracked.value = null
  vi.mocked(listArtworks).mockReset().mockImplementation(answersFrom(library))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function opened() {
  const { found, end } = await runAt('/', () => {
    const pages = useArtworkPages(() => ({ q: '', sort: 'newest' }))
    return {
      pages,
      freshness: useFreshness(
        pages,
        () => [0, 4],
        () => tracked.value,
      ),
    }
  })
  useEventsStore().start()
  FakeSocket.last.say({ type: 'hello', instance: 'a', version: '1' })
  await found.pages.reload()
  found.freshness.reset()
  return { ...found, end }
}
async function finish(...ids: number[]) {
  const artworks = ids.map((id) => aCard(id, { badge: 'have' }))
  FakeSocket.last.say({ type: 'finished', job_id: 1, artworks })
  await vi.advanceTimersByTimeAsync(4000)
  await flushPromises()
}

it('changes finished artworks in their place', async () => {
  const { pages, freshness } = await opened()
  library.cards = library.cards.map((card) =>
    card.id === 2 ? aCard(2, { badge: 'have' }) : card,
  )
  await finish(2)
  expect([0, 1, 2, 3, 4].map((at) => pages.cardAt(at)?.badge)).toEqual([
    'waiting',
    'have',
    'waiting',
    'waiting',
    'waiting',
  ])
  expect(freshness.fresh.value).toBe(0)
})

it('offers what has come since, and moves nothing before somebody wants it', async () => {
  const { pages, freshness } = await opened()
  library.cards = [...cardsUpTo(39).slice(5), ...library.cards]
  await finish(6, 7)
  expect(freshness.fresh.value).toBe(34)
  expect(pages.slots.value.length).toBe(5)
  await pages.reload()
  freshness.reset()
  expect(freshness.fresh.value).toBe(0)
  expect(pages.slots.value.length).toBe(39)
})

it('goes by what is tracked where nobody counts the answer', async () => {
  library.counted = 3
  tracked.value = 100_000
  const { freshness } = await opened()
  tracked.value = 100_034
  expect(freshness.fresh.value).toBe(34)
  tracked.value = null
  expect(freshness.fresh.value).toBe(0)
})

it('asks anew after a lost connection when the list could not come', async () => {
  vi.mocked(listArtworks).mockRejectedValueOnce(new Error('gone'))
  const { pages } = await opened()
  expect(pages.error.value).not.toBeNull()
  FakeSocket.last.cut()
  await vi.advanceTimersByTimeAsync(1000)
  FakeSocket.last.say({ type: 'hello', instance: 'a', version: '1' })
  await flushPromises()
  expect(pages.slots.value.length).toBe(5)
})

it('asks the server now and then, however much comes in', async () => {
  await opened()
  for (let turn = 0; turn < 20; turn++) {
    FakeSocket.last.say({ type: 'finished', job_id: 1, artworks: [aCard(3)] })
    await vi.advanceTimersByTimeAsync(300)
  }
  expect(vi.mocked(listArtworks).mock.calls.length).toBeLessThanOrEqual(4)
})

it('is silent after it was left', async () => {
  const { end } = await opened()
  end()
  await finish(2)
  expect(listArtworks).toHaveBeenCalledTimes(1)
})
