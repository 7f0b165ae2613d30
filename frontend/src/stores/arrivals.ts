import type { Schemas } from '@/api/client'
import type { Job } from '@/api/jobs'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useEventsStore } from './events'

type Card = Schemas['ArtworkCard']

const CARDS_KEPT = 30
const SPEEDS_KEPT = 60

/** What has come in since the page was opened, and how fast, by job. */
export const useArrivalsStore = defineStore('arrivals', () => {
  const newest = shallowRef(new Map<number, Card[]>()) // the newest first
  const speeds = shallowRef(new Map<number, number[]>()) // bytes per second, the oldest first

  function arrive(messages: { job_id: number; artworks: Card[] }[]) {
    const next = new Map(newest.value)
    for (const { job_id, artworks } of messages) {
      const seen = new Set(artworks.map((card) => card.id))
      const before = (next.get(job_id) ?? []).filter((card) => !seen.has(card.id))
      next.set(job_id, [...artworks.toReversed(), ...before].slice(0, CARDS_KEPT))
    }
    newest.value = next
  }

  function measure(jobs: Job[]) {
    const next = new Map(speeds.value)
    for (const job of jobs.filter((one) => one.state === 'running')) {
      next.set(job.id, [...(next.get(job.id) ?? []), job.bytes_per_s].slice(-SPEEDS_KEPT))
    }
    speeds.value = next
  }

  const events = useEventsStore()
  events.on('finished', arrive)
  events.on('job', (messages) => measure(messages.map((message) => message.job)))

  return { newest, speeds }
})
