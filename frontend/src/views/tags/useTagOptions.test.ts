import { runAt } from '@/testing/harness'
import { expect, it, vi } from 'vitest'
import { useTagOptions } from './useTagOptions'

vi.mock('@/api/settings', () => ({
  readSettings: async () => ({ settings: [{ name: 'tags.method', value: 'page' }] }),
}))

it('asks for what has no tags, as the settings say, when nothing is chosen', async () => {
  const { found, end } = await runAt('/tags', useTagOptions)
  expect(found.scope.value).toEqual({ q: '' })
  expect(found.job.value).toEqual({
    kind: 'tags',
    query: '',
    tags: { again: false, older_than: null, method: null, rate: null },
    options: { concurrency: null },
    then: [],
  })
  end()
})

it('counts and starts with the same scope', async () => {
  const address =
    '/tags?q=model:"Pony"&which=older&days=30&workers=7&embed=1&method=read&rate=0.5'
  const { found, end } = await runAt(address, useTagOptions)
  expect(found.scope.value).toEqual({ q: 'model:"Pony"', older_than: '30d' })
  expect(found.job.value).toEqual({
    kind: 'tags',
    query: 'model:"Pony"',
    tags: { again: false, older_than: '30d', method: 'read', rate: 0.5 },
    options: { concurrency: 7 },
    then: ['embed'],
  })
  end()
})

it('takes nothing from an address that the server would refuse', async () => {
  const address = '/tags?which=all&days=-3&workers=99&method=telepathy&rate=1000'
  const { found, end } = await runAt(address, useTagOptions)
  expect(found.which.value).toBe('untagged')
  expect(found.days.value).toBe(90)
  expect(found.job.value.options?.concurrency).toBe(20)
  expect(found.job.value.tags?.method).toBe(null)
  expect(found.job.value.tags?.rate).toBe(null)
  end()
})

it('leaves the way of the settings out of the address, so that changed settings count', async () => {
  const { found, router, end } = await runAt('/tags', useTagOptions)
  await vi.waitFor(() => expect(found.way.value).toBe('page'))
  found.way.value = 'read'
  await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({ method: 'read' }))
  expect(found.job.value.tags?.method).toBe('read')
  found.way.value = 'page'
  await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({}))
  expect(found.job.value.tags?.method).toBe(null)
  end()
})
