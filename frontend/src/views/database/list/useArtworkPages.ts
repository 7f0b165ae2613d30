import { listArtworks, type ArtworkCard, type Question } from '@/api/artworks'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'

/** A place in the list whose artwork has not come yet; its id is negative. */
export interface Pending {
  id: number
}
export type Slot = ArtworkCard | Pending

export const isCard = (slot: Slot | undefined): slot is ArtworkCard =>
  slot !== undefined && slot.id > 0

/** The list as who draws it sees it: long, and mostly not here. */
export interface Slots {
  readonly length: number
  at: (index: number) => Slot
}

type Answer = Awaited<ReturnType<typeof listArtworks>>

/** A place in the list that can be gone to at once. */
export interface Anchor {
  start: number // index
  cursor?: string
}
export interface Course {
  length: number
  anchors: readonly Anchor[]
}

export const PAGE = 100
const MOST_KEPT = 120 // pages; those that were looked at longest ago are forgotten
const MOST_AT_ONCE = 2
const AHEAD = 60 // what lies so far beside what is in sight comes too
const COUNTED = 10_000 // the server counts no further

/**
 * The answer to a question, of which only what somebody looks at is here.
 *
 * `slots` is as long as the whole answer, as far as that is known, so that the scroll bar means
 * something from the beginning. A new question keeps the old answer until the first page of its
 * own has come; an answer to an older question is dropped. `course` is what is known of the
 * whole list: where its months begin, so that nothing far away has to be walked to.
 */
export function useArtworkPages(
  ask: () => Question,
  course: (question: Question) => Course | null = () => null,
) {
  const pages = new Map<number, readonly ArtworkCard[]>() // the one used last stands last
  const cursors = new Map<number, string>() // what a page is asked with, where that is known
  const places = new Map<number, number>() // index by id
  const version = ref(0) // `pages` is another one
  const total = ref<number | null>(null) // null: more than anybody counted
  const end = ref<number | null>(null) // the length, when the end was reached
  const least = ref(0) // so many there are
  const isLoading = ref(false)
  const hasLoaded = ref(false)
  const error = shallowRef<unknown>(null)
  const latest = shallowRef<readonly ArtworkCard[]>([]) // the page that came last
  const shown = shallowRef<Question | null>(null) // the question that `pages` answer

  let wanted: number[] = [] // pages, the most wanted first
  const asked = new Map<number, Promise<void>>()
  let running = new AbortController()
  onScopeDispose(() => running.abort())

  const length = computed(() => {
    if (end.value !== null) return end.value
    if (total.value !== null) return total.value
    const all = shown.value && course(shown.value)?.length
    return Math.max(all ?? COUNTED, least.value + PAGE / 2)
  })
  const slots = computed<Slots>(() => {
    void version.value
    return { length: length.value, at: (index) => cardAt(index) ?? { id: -1 - index } }
  })
  const isEmpty = computed(() => hasLoaded.value && length.value === 0)

  function cardAt(index: number): ArtworkCard | undefined {
    void version.value
    return pages.get(Math.floor(index / PAGE))?.[index % PAGE]
  }
  /** Its cards, when they are here. */
  function pageAt(number: number): readonly ArtworkCard[] | undefined {
    void version.value
    return pages.get(number)
  }
  const placeOf = (id: number): number => {
    void version.value
    return places.get(id) ?? -1
  }

  function keep(number: number, cards: readonly ArtworkCard[]) {
    pages.delete(number)
    pages.set(number, cards)
    cards.forEach((card, at) => places.set(card.id, number * PAGE + at))
    for (const [old, forgotten] of pages) {
      if (pages.size <= MOST_KEPT) break
      pages.delete(old)
      for (const { id } of forgotten) places.delete(id)
    }
    version.value++
  }
  function forget() {
    pages.clear()
    places.clear()
    cursors.clear()
    end.value = null
    least.value = 0
  }

  /** Everything anew. The old answer stays until then. */
  async function reload() {
    running.abort()
    running = new AbortController()
    asked.clear()
    wanted = []
    const { signal } = running
    const question = ask()
    isLoading.value = true
    error.value = null
    try {
      const page = await listArtworks(question, {}, PAGE, signal)
      if (signal.aborted) return
      forget()
      shown.value = question
      total.value = page.total_is_more ? null : page.total
      take(0, page)
      hasLoaded.value = true
    } catch (problem) {
      if (!signal.aborted) error.value = problem
    } finally {
      if (!signal.aborted) isLoading.value = false
    }
  }

  function take(number: number, page: Answer) {
    const last = number * PAGE + page.artworks.length
    least.value = Math.max(least.value, last)
    if (page.next_cursor !== null) cursors.set(number + 1, page.next_cursor)
    else end.value = last
    keep(number, page.artworks)
    latest.value = page.artworks
  }

  /** A page by its cursor, or so many artworks behind the nearest place that has one. */
  function askFor(number: number, signal: AbortSignal): Promise<Answer> {
    const question = shown.value!
    const index = number * PAGE
    let near: Anchor = { start: 0 }
    const take = (anchor: Anchor) => {
      if (anchor.start <= index && anchor.start > near.start) near = anchor
    }
    for (const [page, cursor] of cursors) take({ start: page * PAGE, cursor })
    for (const anchor of course(question)?.anchors ?? []) take(anchor)
    const skip = index - near.start
    const where = { cursor: near.cursor, ...(skip > 0 && { skip }) }
    return listArtworks(question, where, PAGE, signal)
  }

  async function fetchPage(number: number) {
    const { signal } = running
    try {
      const page = await askFor(number, signal)
      if (signal.aborted) return
      if (page.artworks.length || number === 0) take(number, page)
      else await findEnd(number, signal)
    } catch (problem) {
      if (!signal.aborted) error.value = problem
    } finally {
      if (!signal.aborted) asked.delete(number)
    }
  }

  /** The list was thought to be longer than it is: nothing stands on page `empty`. */
  async function findEnd(empty: number, signal: AbortSignal) {
    let low = Math.max(0, Math.floor((least.value - 1) / PAGE))
    let high = empty
    while (high - low > 1 && end.value === null) {
      const middle = Math.floor((low + high) / 2)
      const page = await askFor(middle, signal)
      if (signal.aborted) return
      if (page.artworks.length) take(middle, page)
      if (page.artworks.length) low = middle
      else high = middle
    }
    end.value ??= least.value
  }

  /** Somebody looks at these: fetch them, what lies in sight first. What was passed by is not. */
  async function reach(first: number, last = first) {
    if (!shown.value || length.value === 0) return
    const pageOf = (index: number) =>
      Math.floor(Math.min(length.value - 1, Math.max(0, index)) / PAGE)
    const inSight = range(pageOf(first), pageOf(last))
    const around = range(pageOf(first - AHEAD), pageOf(last + AHEAD))
    wanted = [...new Set([...inSight, ...around])].filter((number) => !pages.has(number))
    for (const number of inSight) {
      const cards = pages.get(number)
      if (!cards) continue
      pages.delete(number) // looked at: the last to be forgotten
      pages.set(number, cards)
    }
    await work()
  }

  async function work(): Promise<void> {
    const { signal } = running
    while (wanted.length && asked.size < MOST_AT_ONCE && !error.value && !signal.aborted) {
      const number = wanted.shift()!
      if (pages.has(number) || asked.has(number)) continue
      asked.set(number, fetchPage(number))
    }
    isLoading.value = asked.size > 0
    if (!asked.size) return
    await Promise.race(asked.values())
    if (!signal.aborted) await work()
  }

  /** All of these, as they are or as they come. */
  async function fetchRange(first: number, last: number): Promise<ArtworkCard[]> {
    const found: ArtworkCard[] = []
    for (const number of range(Math.floor(first / PAGE), Math.floor(last / PAGE))) {
      if (!pages.has(number)) await (asked.get(number) ?? fetchPage(number))
      const cards = pages.get(number) ?? []
      found.push(
        ...cards.filter((_, at) => {
          const index = number * PAGE + at
          return index >= first && index <= last
        }),
      )
    }
    return found
  }

  /** After trouble: the first page, or from where it broke off. */
  async function retry() {
    if (!hasLoaded.value) return reload()
    error.value = null
    await work()
  }

  /** Artworks as they are now take the places of what they were; nothing moves. */
  function patch(fresh: readonly ArtworkCard[]) {
    for (const card of fresh) {
      const at = places.get(card.id)
      if (at === undefined) continue
      const number = Math.floor(at / PAGE)
      pages.set(number, pages.get(number)!.with(at % PAGE, card))
      version.value++
    }
  }

  /**
   * Ask again for what is in sight, and how many there are by now. Answers the new total, null
   * when there are more than anybody counts.
   */
  async function look(from: number, to: number): Promise<number | null> {
    if (!shown.value) return total.value
    const { signal } = running
    const question = shown.value
    const inSight = range(Math.floor(from / PAGE), Math.floor(to / PAGE))
    const known = inSight.filter((number) => number && cursors.has(number))
    const [first, ...others] = await Promise.all(
      [undefined, ...known.map((number) => cursors.get(number))].map((cursor) =>
        listArtworks(question, { cursor }, PAGE, signal),
      ),
    )
    if (signal.aborted) return total.value
    for (const answer of [first!, ...others]) patch(answer.artworks)
    return first!.total_is_more ? null : first!.total
  }

  return {
    slots,
    cardAt,
    pageAt,
    placeOf,
    latest,
    total,
    hasLoaded,
    isLoading,
    isEmpty,
    error,
    shown,
    reload,
    reach,
    fetchRange,
    retry,
    patch,
    look,
  }
}

const range = (first: number, last: number) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
