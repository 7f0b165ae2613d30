import { inApp } from '@/testing/inApp'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { usePaced } from './usePaced'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('runs at once, then at most once a pause, and misses no last change', async () => {
  const amount = ref(0)
  const run = vi.fn()
  const { end } = inApp(() => usePaced(() => amount.value, run, 1000))
  for (let n = 1; n <= 5; n++) {
    amount.value = n
    await nextTick()
  }
  expect(run).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(5000)
  expect(run).toHaveBeenCalledTimes(2)
  amount.value = 6
  await nextTick()
  expect(run).toHaveBeenCalledTimes(3)
  amount.value = 7
  await nextTick()
  end()
  vi.advanceTimersByTime(5000)
  expect(run).toHaveBeenCalledTimes(3)
})
