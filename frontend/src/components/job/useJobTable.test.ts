import type { Job } from '@/api/jobs'
import { usePrefsStore } from '@/stores/prefs'
import { aJob } from '@/testing/jobs'
import { inApp } from '@/testing/inApp'
import { beforeEach, expect, it } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import { useJobTable } from './useJobTable'

const day = (n: number) => `2026-08-0${n}T10:00:00+00:00`
const JOBS = [
  aJob({ id: 3, title: 'b', started_at: day(3), state: 'completed', failed: 2 }),
  aJob({ id: 2, title: 'C', started_at: day(2), bytes_per_s: 9 }),
  aJob({ id: 1, title: 'a', started_at: day(1), bytes_per_s: 50, failed: 2 }),
]

beforeEach(() => localStorage.clear())

function opened(jobs: Job[] = JOBS) {
  const shown = shallowRef<readonly Job[]>(jobs)
  const { heads, rows, isNewestFirst } = inApp(() => useJobTable(shown)).result
  return {
    shown,
    heads,
    isNewestFirst,
    ids: () => rows.value.map((job) => job.id),
    async sort(name: string) {
      heads.value.find((head) => head.name === name)!.sort()
      await nextTick()
    },
  }
}

it('shows the newest first until somebody sorts', () => {
  const { ids, isNewestFirst } = opened()
  expect([ids(), isNewestFirst.value]).toEqual([[3, 2, 1], true])
})

it('sorts by a heading, the other way round at the next press, titles from a to z', async () => {
  const { ids, sort, isNewestFirst, heads } = opened()
  await sort('title')
  expect(ids()).toEqual([1, 3, 2])
  expect(heads.value[0]!.sorted).toBe('asc')
  await sort('title')
  expect([ids(), isNewestFirst.value]).toEqual([[2, 3, 1], false])
  await sort('failed')
  expect(ids()).toEqual([3, 1, 2])
})

it('puts what has no value last, whichever way', async () => {
  const { ids, sort } = opened()
  await sort('speed')
  expect(ids()).toEqual([1, 2, 3])
  await sort('speed')
  expect(ids()).toEqual([2, 1, 3])
})

it('follows the jobs', async () => {
  const { ids, sort, shown } = opened()
  await sort('speed')
  shown.value = JOBS.map((job) => (job.id === 2 ? { ...job, bytes_per_s: 99 } : job))
  await nextTick()
  expect(ids()).toEqual([2, 1, 3])
})

it('keeps columns and order over a reload', async () => {
  const { sort } = opened()
  await sort('failed')
  usePrefsStore().jobColumns = ['failed', 'bytes']
  await nextTick()
  const again = opened()
  expect(again.heads.value.map((head) => [head.name, head.sorted])).toEqual([
    ['title', false],
    ['failed', 'desc'],
    ['bytes', false],
  ])
})
