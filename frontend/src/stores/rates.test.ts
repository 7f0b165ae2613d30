import type { Job } from '@/api/jobs'
import { aJob } from '@/testing/jobs'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useEventsStore } from './events'
import { KEPT_S, useRatesStore } from './rates'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

/** The store, with the socket's part played by the test. */
function open() {
  setActivePinia(createPinia())
  const events = useEventsStore()
  let hear!: (messages: { job: Job }[]) => void
  let renew!: () => void
  events.on = ((_: string, handler: never) => ((hear = handler), () => {})) as typeof events.on
  events.onRenewed = ((handler: never) => ((renew = handler), () => {})) as never
  const rates = useRatesStore()
  /** `s` seconds later this is told. */
  const say = (s: number, said: Partial<Job> = {}) => {
    vi.advanceTimersByTime(s * 1000)
    hear([{ job: aJob({ id: 1, ...said }) }])
  }
  return { rates, say, renew: () => renew(), pace: () => rates.paceOf(1) }
}

it('keeps a sample a second, and always the newest', () => {
  const { say, pace } = open()
  for (let n = 0; n < 6; n++) say(n ? 0.5 : 0, { bytes_per_s: n, items_per_s: n / 10 })
  expect(pace()).toEqual({
    at: [1000, 1001, 1002, 1002.5],
    bytes: [0, 2, 4, 5],
    items: [0, 0.2, 0.4, 0.5],
  })
})

it('forgets what is older than the chart shows', () => {
  const { say, pace } = open()
  for (let n = 0; n < 2 * KEPT_S; n++) say(1, { bytes_per_s: n })
  expect(pace().at.length).toBe(KEPT_S + 1)
  expect(pace().at.at(-1)! - pace().at[0]!).toBe(KEPT_S)
})

it('goes on level while nothing is told, for nothing changes then', () => {
  const { say, pace } = open()
  say(0, { bytes_per_s: 7 })
  say(60, { bytes_per_s: 0 })
  expect(pace().bytes).toEqual([7, 7, 0])
  expect(pace().at).toEqual([1000, 1060 - 0.9, 1060])
})

it('breaks off where the job did not run', () => {
  const { say, pace } = open()
  say(0, { bytes_per_s: 7 })
  say(5, { state: 'paused' })
  say(5, { state: 'paused' })
  say(60, { bytes_per_s: 9 })
  expect(pace().bytes).toEqual([7, null, 9])
})

it('breaks off where nobody heard what happened', () => {
  const { say, renew, pace } = open()
  say(0, { bytes_per_s: 7 })
  renew()
  say(30, { bytes_per_s: 9 })
  expect(pace().bytes).toEqual([7, null, 9])
})

it('knows nothing of jobs that never ran, and not of hundreds at once', () => {
  const { rates, say } = open()
  say(0, { id: 5, state: 'queued' })
  expect(rates.paceOf(5).at).toEqual([])
  for (let id = 10; id < 200; id++) say(0, { id })
  expect([rates.byJob.size, rates.paceOf(10).at.length, rates.paceOf(199).at.length]).toEqual([
    20, 0, 1,
  ])
})
