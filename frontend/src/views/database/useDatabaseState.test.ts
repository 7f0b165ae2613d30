import { runAt } from '@/testing/harness'
import { expect, it, vi } from 'vitest'
import { useDatabaseState } from './useDatabaseState'

async function at(address: string) {
  const { found, router } = await runAt(address, useDatabaseState)
  const becomes = (query: Record<string, string>) =>
    vi.waitFor(() => expect(router.currentRoute.value.query).toEqual(query))
  return { state: found, router, becomes }
}

it('reads everything from the address, and what makes no sense as usual', async () => {
  const { state } = await at('/database?form=table&q=sky&sort=largest&item=7&show=panel')
  expect([state.form.value, state.q.value, state.sort.value]).toEqual([
    'table',
    'sky',
    'largest',
  ])
  expect([state.item.value, state.isPanelOpen.value, state.isBoxOpen.value]).toEqual([
    7,
    true,
    false,
  ])
  const odd = await at('/database?form=spiral&sort=best&item=x&show=box')
  expect([odd.state.form.value, odd.state.sort.value, odd.state.isBoxOpen.value]).toEqual([
    'grid',
    'newest',
    false,
  ])
})

it('makes a search a step, and typing none', async () => {
  const { state, router, becomes } = await at('/database')
  state.ask('s', true)
  await becomes({ q: 's' })
  state.ask('sky', true)
  await becomes({ q: 'sky' })
  state.ask('sky kind:video')
  await becomes({ q: 'sky kind:video' })
  router.back()
  await becomes({ q: 'sky' })
  expect(state.q.value).toBe('sky')
})

it('keeps the large picture in the address', async () => {
  const { state, becomes } = await at('/database?q=sky')
  state.openBox(7)
  await becomes({ q: 'sky', item: '7', show: 'box' })
  state.lookAt(8)
  await becomes({ q: 'sky', item: '8', show: 'box' })
  expect(state.isBoxOpen.value).toBe(true)
  state.closeBox()
  await becomes({ q: 'sky', item: '8' })
})

it('opens the panel without a step', async () => {
  const { state, router, becomes } = await at('/database?q=sky')
  state.ask('sea')
  await becomes({ q: 'sea' })
  state.togglePanel()
  await becomes({ q: 'sea', show: 'panel' })
  router.back()
  await becomes({ q: 'sky' })
})
