import { askBadges, browse, type BrowseCard, type Browsed, type Filters } from '@/api/browse'
import { runAt } from '@/testing/harness'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { usePreview, type Shown } from './usePreview'

vi.mock('@/api/browse')

const NO_FILTERS: Filters = {
  ratings: [],
  kinds: [],
  since: '',
  until: '',
  with_tags: [],
  without_tags: [],
  with_prompt: [],
  without_prompt: [],
  min_size: '',
}
const card = (site_id: string, badge: BrowseCard['badge'] = 'new') =>
  ({ site: 'civitai', site_id, badge }) as BrowseCard

function page(cards: BrowseCard[], next_cursor: string | null = null): Browsed {
  const target = { key: 'civitai:user:lena', site: 'civitai', kind: 'user', value: 'lena' }
  const ledger = { listed: 0, have: 0, new: 0, skipped: 0, failed: 0, gone: 0, gaps: 0 }
  return {
    target: { ...target, title: 'lena' },
    cards,
    rejects: 0,
    site_claims: 7,
    unreachable: [],
    ledger,
    target_id: null,
    next_cursor,
  }
}

async function previewOf(key: string, shown: Shown = '') {
  const filters = ref(NO_FILTERS)
  const target = ref(key)
  const narrowed = ref<Shown>(shown)
  const run = await runAt('/', () => usePreview(target, filters, narrowed))
  await flushPromises()
  return { ...run, target, filters, narrowed }
}
const ids = (cards: BrowseCard[]) => cards.map(({ site_id }) => site_id)

beforeEach(() => {
  vi.mocked(browse).mockReset()
  vi.mocked(askBadges).mockReset()
})

it('asks no site while no target is looked at', async () => {
  await previewOf('')
  expect(browse).not.toHaveBeenCalled()
})

it('shows a card once, although the pages of a site shift while they are read', async () => {
  vi.mocked(browse)
    .mockResolvedValueOnce(page([card('1'), card('2')], 'b'))
    .mockResolvedValueOnce(page([card('2'), card('3')]))
  const { found } = await previewOf('civitai:user:lena')
  await found.loadMore()
  expect(ids(found.visible.value)).toEqual(['1', '2', '3'])
  expect(found.hasMore.value).toBe(false)
})

it('gives a card the badge of what was fetched meanwhile', async () => {
  vi.mocked(browse).mockResolvedValueOnce(page([card('1', 'have'), card('2'), card('3')]))
  const { found } = await previewOf('civitai:user:lena')
  const known = {
    site_id: '2',
    badge: 'failed',
    badge_reason: 'cut_short',
    badge_detail: 'Cut short',
    artwork_id: 9,
  } as const
  vi.mocked(askBadges).mockResolvedValueOnce({ badges: [known] })
  found.refreshBadges()
  await flushPromises()
  expect(askBadges).toHaveBeenCalledWith('civitai', ['2', '3']) // what is here stays here
  expect(found.visible.value.map(({ badge }) => badge)).toEqual(['have', 'failed', 'new'])
  expect(found.visible.value[1]).toMatchObject(known)
  expect(found.amounts.value.get('failed')).toBe(1)
})

it('narrows the cards to one badge', async () => {
  vi.mocked(browse).mockResolvedValueOnce(page([card('1'), card('2', 'skipped')]))
  const { found, narrowed } = await previewOf('civitai:user:lena')
  expect(ids(found.visible.value)).toEqual(['1', '2'])
  narrowed.value = 'skipped'
  expect(ids(found.visible.value)).toEqual(['2'])
})

it('passes over pages on which nothing fits, but not for ever', async () => {
  vi.mocked(browse).mockImplementation(async () => page([], 'on'))
  const { found } = await previewOf('civitai:user:lena')
  expect(browse).toHaveBeenCalledTimes(4)
  expect(found.isLooking.value).toBe(false)
  await found.lookFurther()
  await flushPromises()
  expect(browse).toHaveBeenCalledTimes(8)
})

it('starts anew for another target and drops the answer for the one before', async () => {
  let release!: (page: Browsed) => void
  vi.mocked(browse)
    .mockImplementationOnce(() => new Promise((done) => (release = done)))
    .mockResolvedValueOnce(page([card('9')]))
  const { found, target } = await previewOf('civitai:user:lena')
  target.value = 'civitai:user:mia'
  await flushPromises()
  release(page([card('1')]))
  await flushPromises()
  expect(ids(found.visible.value)).toEqual(['9'])
  expect(vi.mocked(browse).mock.calls[0]![3]!.aborted).toBe(true)
})

it('keeps the cards when the next page fails, and goes on from there', async () => {
  vi.mocked(browse)
    .mockResolvedValueOnce(page([card('1')], 'b'))
    .mockRejectedValueOnce(new Error('down'))
    .mockResolvedValueOnce(page([card('2')]))
  const { found } = await previewOf('civitai:user:lena')
  await found.loadMore()
  expect(found.state.value).toBe('error')
  expect(ids(found.visible.value)).toEqual(['1'])
  await found.loadMore()
  expect(ids(found.visible.value)).toEqual(['1', '2'])
  expect(vi.mocked(browse).mock.calls.map((call) => call[2])).toEqual([null, 'b', 'b'])
})

it('asks again a moment after the filters changed, once', async () => {
  vi.useFakeTimers()
  vi.mocked(browse).mockResolvedValue(page([card('1')]))
  const { filters } = await previewOf('civitai:user:lena')
  filters.value = { ...NO_FILTERS, ratings: ['PG'] }
  await flushPromises()
  filters.value = { ...NO_FILTERS, ratings: ['PG', 'R'] }
  await vi.runAllTimersAsync()
  vi.useRealTimers()
  expect(browse).toHaveBeenCalledTimes(2)
  expect(vi.mocked(browse).mock.calls[1]![1].ratings).toEqual(['PG', 'R'])
})

it('leaves out what the options leave out, until somebody asks for it', async () => {
  const small = { ...card('2', 'skipped'), left_out: 'filtered_size' }
  const have = { ...card('3', 'have'), left_out: 'filtered_size' }
  vi.mocked(browse).mockResolvedValueOnce(page([card('1'), small, have]))
  const { found, narrowed } = await previewOf('civitai:user:lena')
  expect(ids(found.visible.value)).toEqual(['1', '3'])
  expect(found.amounts.value.get('skipped')).toBe(1)
  narrowed.value = 'skipped'
  expect(ids(found.visible.value)).toEqual(['2'])
})

it('lets the options say what is left out, not an earlier download', async () => {
  const small = { ...card('1', 'skipped'), left_out: 'filtered_size' } as BrowseCard
  const wanted = { ...card('2'), left_out: null } as BrowseCard
  vi.mocked(browse).mockResolvedValueOnce(page([small, wanted]))
  const { found } = await previewOf('civitai:user:lena', 'skipped')
  const known = (site_id: string, badge: 'new' | 'skipped', badge_reason: string | null) =>
    ({ site_id, badge, badge_reason, badge_detail: null, artwork_id: 9 }) as const
  vi.mocked(askBadges).mockResolvedValueOnce({
    badges: [known('1', 'new', null), known('2', 'skipped', 'filtered_type')],
  })
  found.refreshBadges()
  await flushPromises()
  expect(found.cards.value.map(({ badge }) => badge)).toEqual(['skipped', 'new'])
})
