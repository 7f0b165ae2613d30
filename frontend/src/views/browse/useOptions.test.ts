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
    kinds: null,
    ratings: null,
    since: null,
    with_tags: [],
    without_tags: [],
  })
})

it('reads all of it from the address', async () => {
  const address =
    '/?rating=PG&rating=X&type=video&since=30d&with=sky&without=blurry&max=50&workers=12&quality=sd'
  const { found } = await runAt(address, useOptions)
  expect(found.jobOptions.value).toEqual({
    concurrency: 12,
    quality: 'sd',
    max_items: 50,
    kinds: ['video', 'ugoira'],
    ratings: ['PG', 'X'],
    since: '30d',
    with_tags: ['sky'],
    without_tags: ['blurry'],
  })
  expect(found.changed.value).toHaveLength(8)
})

it('takes nothing from the address that makes no sense', async () => {
  const { found } = await runAt(
    '/?rating=Q&type=toString&since=x&max=-3&workers=99',
    useOptions,
  )
  expect(found.jobOptions.value.ratings).toBeNull()
  expect(found.jobOptions.value.kinds).toBeNull()
  expect(found.jobOptions.value.since).toBeNull()
  expect(found.jobOptions.value.max_items).toBeNull()
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

it('clears one option, or all that narrow, but not how many workers there are', async () => {
  const { found } = await runAt('/?rating=PG&type=image&since=7d&workers=3', useOptions)
  found.clear('type')
  expect(found.changed.value).toEqual(['rating', 'since', 'workers'])
  found.clearFilters()
  expect(found.changed.value).toEqual(['workers'])
})

it('says every change in words', async () => {
  const { found } = await runAt(
    '/?rating=PG&type=video&since=2026-05-01&workers=1&max=1200',
    () => useOptionTexts(useOptions()),
  )
  expect(found.value.map(({ text }) => text)).toEqual([
    'PG',
    'Videos',
    'since 2026-05-01',
    'at most 1,200',
    'one at a time',
  ])
})
