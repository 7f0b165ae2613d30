import type { Schemas } from '@/api/client'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useEventsStore } from './events'

type Card = Schemas['ArtworkCard']

const CARDS_KEPT = 30

/** What has come in since the page was opened, by job. */
export const useArrivalsStore = defineStore('arrivals', () => {
  const newest = shallowRef(new Map<number, Card[]>()) // the newest first

  function arrive(messages: { job_id: number; artworks: Card[] }[]) {
    const next = new Map(newest.value)
    for (const { job_id, artworks } of messages) {
      const seen = new Set(artworks.map((card) => card.id))
      const before = (next.get(job_id) ?? []).filter((card) => !seen.has(card.id))
      next.set(job_id, [...artworks.toReversed(), ...before].slice(0, CARDS_KEPT))
    }
    newest.value = next
  }

  const events = useEventsStore()
  events.on('finished', arrive)

  return { newest }
})
