import { inApp } from '@/testing/inApp'
import { beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { useViewState } from './useViewState'

const empty = { render: () => null }
const defaults = { q: '', size: 180, only: false, kinds: [] as string[] }
let router: Router
let opened: () => void

beforeEach(async () => {
  const slow = new Promise<typeof empty>((resolve) => (opened = () => resolve(empty)))
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: empty },
      { path: '/slow', component: () => slow },
    ],
  })
  await router.push('/?q=sky&size=240&only=1&kinds=image&kinds=video&job=7')
})
const use = () => inApp(() => useViewState(defaults), router).result

it('reads each value by the type of its default', () => {
  const { q, size, only, kinds } = use()
  expect([q.value, size.value, only.value, kinds.value]).toEqual([
    'sky',
    240,
    true,
    ['image', 'video'],
  ])
})

it('has the default where the URL says nothing or nonsense', async () => {
  await router.push('/?size=large')
  const { q, size, kinds } = use()
  expect([q.value, size.value, kinds.value]).toEqual(['', 180, []])
})

it('writes several changes as one, leaves out defaults and keeps what is not its own', async () => {
  const { q, size, kinds } = use()
  q.value = 'sea'
  size.value = 180
  kinds.value = ['image']
  expect([q.value, size.value, kinds.value]).toEqual(['sea', 180, ['image']])
  await vi.waitFor(() =>
    expect(router.currentRoute.value.query).toEqual({
      q: 'sea',
      only: '1',
      kinds: ['image'],
      job: '7',
    }),
  )
  expect(kinds.value).toEqual(['image'])
})

it('loses nothing when two parts of the page change in the same moment, or once more', async () => {
  const { first, second } = inApp(
    () => ({ first: useViewState({ q: '' }), second: useViewState({ job: 0 }) }),
    router,
  ).result
  first.q.value = 'one'
  second.job.value = 12
  await Promise.resolve()
  first.q.value = 'two'
  await vi.waitFor(() =>
    expect(router.currentRoute.value.query).toMatchObject({ q: 'two', job: '12' }),
  )
})

it('does not write on the page that somebody goes to, nor keep them from it', async () => {
  const { q } = use()
  const written = vi.spyOn(router, 'replace')
  q.value = 'late'
  const going = router.push('/slow')
  await new Promise((resolve) => setTimeout(resolve))
  opened()
  await going
  expect(router.currentRoute.value.fullPath).toBe('/slow')
  expect(written).not.toHaveBeenCalled()
})
