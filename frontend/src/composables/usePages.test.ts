import { inApp } from '@/testing/inApp'
import { expect, it } from 'vitest'
import { usePages, type Page } from './usePages'

const pages: Record<string, Page<number>> = {
  first: { items: [1, 2], next_cursor: 'b' },
  b: { items: [3], next_cursor: null },
}
const fromPages = async (cursor: string | null) => pages[cursor ?? 'first']!

it('appends page after page until there is no cursor', async () => {
  const { result: list } = inApp(() => usePages(fromPages))
  await list.loadMore()
  expect(list.items.value).toEqual([1, 2])
  expect(list.state.value).toBe('ready')
  await list.loadMore()
  await list.loadMore()
  expect(list.items.value).toEqual([1, 2, 3])
  expect(list.state.value).toBe('done')
})

it('is empty only after an answer says so', async () => {
  const { result: list } = inApp(() => usePages(async () => ({ items: [], next_cursor: null })))
  expect(list.isEmpty.value).toBe(false)
  const loading = list.loadMore()
  expect(list.isEmpty.value).toBe(false)
  await loading
  expect(list.isEmpty.value).toBe(true)
})

it('goes on after an error where it was', async () => {
  let isDown = false
  const { result: list } = inApp(() =>
    usePages(async (cursor) => {
      if (isDown) throw new Error('down')
      return fromPages(cursor)
    }),
  )
  await list.loadMore()
  isDown = true
  await list.loadMore()
  expect(list.state.value).toBe('error')
  expect(list.items.value).toEqual([1, 2])
  isDown = false
  await list.loadMore()
  expect(list.items.value).toEqual([1, 2, 3])
})

it('drops the answer to a question that nobody asks any more', async () => {
  const answers: ((page: Page<string>) => void)[] = []
  const { result: list } = inApp(() =>
    usePages(() => new Promise<Page<string>>((resolve) => answers.push(resolve))),
  )
  const old = list.reload()
  const young = list.reload()
  answers[1]!({ items: ['young'], next_cursor: null })
  answers[0]!({ items: ['old'], next_cursor: null })
  await Promise.all([old, young])
  expect(list.items.value).toEqual(['young'])
})

it('keeps what it shows until a reload has come', async () => {
  const { result: list } = inApp(() => usePages(fromPages))
  await list.loadMore()
  const reloading = list.reload()
  expect(list.items.value).toEqual([1, 2])
  await reloading
  expect(list.items.value).toEqual([1, 2])
})
