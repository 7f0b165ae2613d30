import type { ArtworkCard } from '@/api/artworks'
import { shallowRef, watch, type Ref } from 'vue'

const FIELDS = {
  author: (card: ArtworkCard) => card.author,
  model: (card: ArtworkCard) => card.model,
  base_model: (card: ArtworkCard) => card.base_model,
  format: (card: ArtworkCard) => card.format,
  site: (card: ArtworkCard) => card.site,
}
const MOST = 400 // of each field

/** Names that went by in this list, for the search box to propose before the server has. */
export function useSeenValues(cards: Ref<readonly ArtworkCard[]>) {
  const seen = shallowRef<Record<string, string[]>>({})
  const sets = new Map<string, Set<string>>()

  watch(
    cards,
    (now) => {
      for (const card of now) {
        for (const [field, valueOf] of Object.entries(FIELDS)) {
          const value = valueOf(card)
          const set = sets.get(field) ?? new Set()
          sets.set(field, set)
          if (value && set.size < MOST) set.add(value)
        }
      }
      seen.value = Object.fromEntries([...sets].map(([field, set]) => [field, [...set]]))
    },
    { immediate: true },
  )
  return seen
}
