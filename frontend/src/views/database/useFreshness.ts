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
  countAll: () => number | null, // whatever is tracked, where the list is of that
) {
  const events = useEventsStore()
  const total = ref<number | null>(null) // as it is by now
  const allBefore = ref<number | null>(null)
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
      const inView = Array.from({ length: to - from + 1 }, (_, at) => pages.cardAt(from + at))
      if (inView.some((card) => card && isWorkedOn(card))) lookSoon()
    } catch {
      // Somebody who scrolls or searches is told; this was only a glance.
    }
  }

  const stops = [
    events.on('finished', (messages) => {
      const artworks = messages.flatMap((message) => message.artworks)
      pages.patch(artworks)
      lookSoon()
    }),
    events.on('job', lookSoon),
    events.onRenewed(() => (pages.error.value ? void pages.retry() : lookSoon())),
  ]
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  })

  /** How many have come since; 0 where there are more than anybody counts. */
  const fresh = computed(() => {
    const [before, now] =
      pages.total.value === null
        ? [allBefore.value, countAll()]
        : [pages.total.value, total.value]
    return before === null || now === null ? 0 : Math.max(0, now - before)
  })

  /** The list was asked for anew. */
  function reset() {
    total.value = pages.total.value
    allBefore.value = countAll()
  }
  return { fresh, reset }
}
