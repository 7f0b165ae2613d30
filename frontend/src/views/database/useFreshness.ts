import type { ArtworkCard } from '@/api/artworks'
import { useEventsStore } from '@/stores/events'
import { computed, onScopeDispose, ref } from 'vue'
import type { useArtworkPages } from './list/useArtworkPages'

const LOOK_EVERY_MS = 3000

/**
 * Keeps the list true while jobs work. What is in sight changes in its place; what has come
 * since is offered, and nothing moves before somebody wants it.
 */
export function useFreshness(
  pages: ReturnType<typeof useArtworkPages>,
  inSight: () => readonly [first: number, last: number],
) {
  const events = useEventsStore()
  const total = ref<number | null>(null) // as it is by now
  const others = ref(new Set<number>()) // finished and not in the list
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0

  function lookSoon() {
    const wait = Math.max(0, last + LOOK_EVERY_MS - Date.now())
    timer ??= setTimeout(look, wait)
  }

  async function look() {
    timer = undefined
    last = Date.now()
    if (!pages.hasLoaded.value) return
    try {
      total.value = await pages.look(...inSight())
      const [from, to] = inSight()
      const isWorkedOn = (card: ArtworkCard) => card.examine_status === 'queued'
      // Nobody tells when a thumbnail is made.
      if (pages.cards.value.slice(from, to + 1).some(isWorkedOn)) lookSoon()
    } catch {
      // Somebody who scrolls or searches is told; this was only a glance.
    }
  }

  const stops = [
    events.on('finished', (messages) => {
      const artworks = messages.flatMap((message) => message.artworks)
      pages.patch(artworks)
      const here = new Set(pages.cards.value.map((card) => card.id))
      const away = artworks.filter((card) => !here.has(card.id)).map((card) => card.id)
      others.value = new Set([...others.value, ...away])
      lookSoon()
    }),
    events.on('job', lookSoon),
    events.onRenewed(lookSoon),
  ]
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  })

  /** How many have come since; at least so many where nobody counts. */
  const fresh = computed(() => {
    if (pages.total.value === null || total.value === null) {
      return pages.total.value === null && pages.isDone.value === false ? others.value.size : 0
    }
    return Math.max(0, total.value - pages.total.value)
  })

  /** The list was asked for anew. */
  function reset() {
    total.value = pages.total.value
    others.value = new Set()
  }
  return { fresh, reset }
}
