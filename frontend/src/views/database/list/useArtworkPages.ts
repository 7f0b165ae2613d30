import { listArtworks, type ArtworkCard, type Question } from '@/api/artworks'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'

/** A place in the list whose artwork has not come yet; its id is negative. */
export interface Pending {
  id: number
}
export type Slot = ArtworkCard | Pending

export const isCard = (slot: Slot | undefined): slot is ArtworkCard =>
  slot !== undefined && slot.id > 0

interface Fetched {
  cursor: string | null // what this page was asked with
  start: number
  length: number
}

export const PAGE = 100
const MOST_AT_ONCE = 200 // the server gives no more
const AHEAD = 60 // what lies so far below the last one in sight comes too
const COUNTED = 10_000 // the server counts no further

/**
 * The answer to a question, page by page as somebody scrolls.
 *
 * `slots` is as long as the whole answer, as far as that is known, so that the scroll bar means
 * something from the beginning. A new question keeps the old answer until the first page of its
 * own has come; an answer to an older question is dropped.
 */
export function useArtworkPages(ask: () => Question) {
  const cards = shallowRef<readonly ArtworkCard[]>([])
  const total = ref<number | null>(null) // null: more than anybody counted
  const hasLoaded = ref(false)
  const isLoading = ref(false)
  const error = shallowRef<unknown>(null)
  const isDone = ref(false)
  const shown = shallowRef<Question | null>(null) // the question that `cards` answer

  let pages: Fetched[] = []
  let next: string | null = null
  let wanted = 0 // up to this index somebody looks
  let running = new AbortController()
  onScopeDispose(() => running.abort())

  const slots = computed<readonly Slot[]>(() => {
    const known = isDone.value ? cards.value.length : (total.value ?? COUNTED)
    const more = isDone.value ? 0 : PAGE / 2
    const length = Math.max(known, cards.value.length + (total.value === null ? more : 0))
    const pending = Array.from({ length: length - cards.value.length }, (_, at) => ({
      id: -1 - cards.value.length - at,
    }))
    return [...cards.value, ...pending]
  })
  const isEmpty = computed(() => hasLoaded.value && cards.value.length === 0 && isDone.value)

  /** Everything anew. The old answer stays until then. */
  async function reload() {
    running.abort()
    running = new AbortController()
    wanted = 0
    await fetchPages(running.signal, ask(), true)
  }

  /** Somebody looks at `index`: fetch up to there and a little further. */
  async function reach(index: number) {
    wanted = Math.max(wanted, index + AHEAD)
    if (isLoading.value || error.value || !shown.value) return
    await fetchPages(running.signal, shown.value, false)
  }

  /** After trouble: the first page, or from where it broke off. */
  const retry = () => (shown.value && hasLoaded.value ? resume() : reload())
  async function resume() {
    error.value = null
    await fetchPages(running.signal, shown.value!, false)
  }

  async function fetchPages(signal: AbortSignal, question: Question, isFresh: boolean) {
    let isFirst = isFresh
    isLoading.value = true
    error.value = null
    try {
      while (isFirst || (next !== null && cards.value.length <= wanted)) {
        const cursor = isFirst ? null : next
        const isFar = wanted - cards.value.length > 2 * PAGE // somebody jumped
        const limit = isFar && !isFirst ? MOST_AT_ONCE : PAGE
        const page = await listArtworks(question, cursor, limit, signal)
        if (signal.aborted) return
        if (isFirst) {
          pages = []
          cards.value = []
          shown.value = question
          total.value = page.total_is_more ? null : page.total
        }
        pages.push({ cursor, start: cards.value.length, length: page.artworks.length })
        cards.value = [...cards.value, ...page.artworks]
        next = page.next_cursor
        isDone.value = next === null
        hasLoaded.value = true
        isFirst = false
      }
    } catch (problem) {
      if (!signal.aborted) error.value = problem
    } finally {
      if (!signal.aborted) isLoading.value = false
    }
  }

  /** Artworks as they are now take the places of what they were; nothing moves. */
  function patch(fresh: readonly ArtworkCard[]) {
    const byId = new Map(fresh.map((card) => [card.id, card]))
    if (!cards.value.some((card) => byId.has(card.id))) return
    cards.value = cards.value.map((card) => byId.get(card.id) ?? card)
  }

  /**
   * Ask again for what is in sight, and how many there are by now. Answers the new total, null
   * when there are more than anybody counts.
   */
  async function look(from: number, to: number): Promise<number | null> {
    if (!shown.value || !pages[0]) return total.value
    const { signal } = running
    const question = shown.value
    const inSight = pages.filter((page) => page.start <= to && page.start + page.length > from)
    const answers = await Promise.all(
      [...new Set([pages[0], ...inSight])].map((page) =>
        listArtworks(question, page.cursor, Math.max(1, page.length), signal),
      ),
    )
    if (signal.aborted) return total.value
    for (const answer of answers) patch(answer.artworks)
    const first = answers[0]!
    return first.total_is_more ? null : first.total
  }

  return {
    cards,
    slots,
    total,
    hasLoaded,
    isLoading,
    isEmpty,
    isDone,
    error,
    shown,
    reload,
    reach,
    retry,
    patch,
    look,
  }
}
