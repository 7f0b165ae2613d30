import { runAt } from '@/testing/harness'
import { expect, it, vi } from 'vitest'
import { useOptions } from './useOptions'
import { useOptionTexts } from './useOptionTexts'

it('asks for everything with nothing in the address', async () => {
  const { found } = await runAt('/', useOptions)
  expect(found.changed.value).toEqual([])
  expect(found.jobOptions.value).toEqual({
    concurrency: null,
    quality: 'hd',
    max_items: null,
    max_per_model: null,
    kinds: null,
    ratings: null,
    since: null,
    until: null,
    min_size: null,
    with_tags: [],
    without_tags: [],
    with_prompt: [],
    without_prompt: [],
  })
})

it('reads all of it from the address', async () => {
  const address =
    '/?rating=PG&rating=X&type=video&since=30d&with=sky&without=blurry&max=50&workers=12&quality=sd' +
    '&until=2026-05-31&size=1920x1080&prompt=castle&noprompt=sketch&permodel=3'
  const { found } = await runAt(address, useOptions)
  expect(found.jobOptions.value).toEqual({
    concurrency: 12,
    quality: 'sd',
    max_items: 50,
    max_per_model: 3,
    kinds: ['video', 'ugoira'],
    ratings: ['PG', 'X'],
    since: '30d',
    until: '2026-05-31',
    min_size: '1920x1080',
    with_tags: ['sky'],
    without_tags: ['blurry'],
    with_prompt: ['castle'],
    without_prompt: ['sketch'],
  })
  expect(found.changed.value).toHaveLength(13)
})

it('takes nothing from the address that makes no sense', async () => {
  const { found } = await runAt(
    '/?rating=Q&type=toString&since=x&max=-3&workers=99&until=7d&size=big&permodel=-1',
    useOptions,
  )
  expect(found.jobOptions.value.ratings).toBeNull()
  expect(found.jobOptions.value.kinds).toBeNull()
  expect(found.jobOptions.value.since).toBeNull()
  expect(found.jobOptions.value.max_items).toBeNull()
  expect(found.jobOptions.value.until).toBeNull()
  expect(found.jobOptions.value.min_size).toBeNull()
  expect(found.jobOptions.value.max_per_model).toBeNull()
  expect(found.jobOptions.value.concurrency).toBe(20)
})

it('treats all five ratings as none, so that what nobody rated comes too', async () => {
  const { found, router } = await runAt(
    '/?rating=PG&rating=PG-13&rating=R&rating=X',
    useOptions,
  )
  found.toggleRating('XXX')
  expect(found.filters.value.ratings).toEqual([])
  await vi.waitFor(() => expect(router.currentRoute.value.query.rating).toBeUndefined())
})

it('knows what may follow a download, in the order in which it is done', async () => {
  const { found } = await runAt('/?then=convert&then=embed&then=dance&then=tags', useOptions)
  expect(found.then.value).toEqual(['tags', 'embed', 'convert'])
  expect(found.changed.value).toEqual(['then'])
  expect(found.isFiltered.value).toBe(false) // the cards are the same
})

it('clears one option, or all that narrow, but not how many workers there are', async () => {
  const { found } = await runAt('/?rating=PG&type=image&since=7d&workers=3', useOptions)
  found.clear('type')
  expect(found.changed.value).toEqual(['rating', 'since', 'workers'])
  found.clearFilters()
  expect(found.changed.value).toEqual(['workers'])
})

it('says every change in words', async () => {
  const { found } = await runAt(
    '/?rating=PG&type=video&since=2026-05-01&workers=1&max=1200&size=1024&prompt=castle&permodel=5',
    () => useOptionTexts(useOptions()),
  )
  expect(found.value.map(({ text }) => text)).toEqual([
    'PG',
    'Videos',
    'since 2026-05-01',
    'at least 1024 pixels',
    'prompt with castle',
    'at most 1,200',
    'at most 5 of each model',
    'one at a time',
  ])
})
