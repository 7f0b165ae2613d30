import type { Job } from '@/api/jobs'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useEventsStore } from './events'

/** How far back the pace of a job is known, and how close two samples of it may be. */
export const KEPT_S = 300
const CLOSEST_S = 0.9
const JOBS_KEPT = 20

/** The pace of a job, the oldest first. A rate of null is a gap: it did not run, or nobody heard. */
export interface Pace {
  at: readonly number[] // Unix seconds, as charts want them
  bytes: readonly (number | null)[] // a second
  items: readonly (number | null)[]
}

export const NO_PACE: Pace = { at: [], bytes: [], items: [] }

/** Samples that are too old go, and the last one while it is too close to the one before. */
function grown(pace: Pace, at: number, bytes: number | null, items: number | null): Pace {
  const last = pace.at.length - 1
  const isClose = last > 0 && pace.at[last]! - pace.at[last - 1]! < CLOSEST_S
  const end = isClose && pace.bytes[last] !== null ? last : pace.at.length
  const begin = pace.at.findIndex((time) => time >= at - KEPT_S)
  const from = begin < 0 ? end : begin
  return {
    at: [...pace.at.slice(from, end), at],
    bytes: [...pace.bytes.slice(from, end), bytes],
    items: [...pace.items.slice(from, end), items],
  }
}

/** How fast each job went, over the last minutes, as far as this page has heard of it. */
export const useRatesStore = defineStore('rates', () => {
  const byJob = shallowRef(new Map<number, Pace>())

  const isOpenEnded = (pace: Pace) => pace.bytes.at(-1) !== null

  function measure(jobs: Job[]) {
    const now = Date.now() / 1000
    const next = new Map(byJob.value)
    for (const job of jobs) {
      const before = next.get(job.id)
      if (job.state === 'running') {
        next.delete(job.id) // the one that moved last comes last
        next.set(
          job.id,
          grown(held(before ?? NO_PACE, now), now, job.bytes_per_s, job.items_per_s),
        )
      } else if (before && isOpenEnded(before)) {
        next.set(job.id, grown(before, now, null, null))
      }
    }
    for (const id of [...next.keys()].slice(0, -JOBS_KEPT)) next.delete(id)
    byJob.value = next
  }

  /** Nothing is told of a job while nothing changes: until now it went on as it did. */
  function held(pace: Pace, now: number): Pace {
    const last = pace.at.length - 1
    const then = now - CLOSEST_S
    if (last < 0 || pace.bytes[last] === null || pace.at[last]! >= then - CLOSEST_S) return pace
    return grown(pace, then, pace.bytes[last]!, pace.items[last]!)
  }

  /** What happened meanwhile nobody knows. */
  function breakOff() {
    const now = Date.now() / 1000
    byJob.value = new Map(
      [...byJob.value].map(([id, pace]) => [
        id,
        isOpenEnded(pace) ? grown(pace, now, null, null) : pace,
      ]),
    )
  }

  const paceOf = (id: number): Pace => byJob.value.get(id) ?? NO_PACE

  const events = useEventsStore()
  events.on('job', (messages) => measure(messages.map((message) => message.job)))
  events.onRenewed(breakOff)

  return { byJob, paceOf }
})
