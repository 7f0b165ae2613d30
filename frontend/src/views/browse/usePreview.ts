import { browse, type BrowseCard, type Browsed, type Filters } from '@/api/browse'
import { usePages } from '@/composables/usePages'
import { useEventsStore } from '@/stores/events'
import { useBadges } from './useBadges'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'

type Badge = BrowseCard['badge']
/** What the bar above the cards can narrow them to. */
export type Shown = '' | Badge

export const keyOf = (card: Pick<BrowseCard, 'site' | 'site_id'>) =>
  `${card.site}:${card.site_id}`

const MOST_EMPTY_PAGES = 3 // asked for by ourselves, one after the other
const PAUSE_MS = 400 // between changes of the filters

/** The cards of one target as its site shows them now; badges follow what is being fetched. */
export function usePreview(target: Ref<string>, filters: Ref<Filters>, shown: Ref<Shown>) {
  const head = shallowRef<Browsed | null>(null) // the newest page without its cards
  const claims = shallowRef<Pick<Browsed, 'site_claims' | 'unreachable'> | null>(null)
  let going: AbortController | null = null
  let emptyPages = 0

  const pages = usePages<BrowseCard>(async (cursor) => {
    going?.abort()
    going = new AbortController()
    const page = await browse(target.value, filters.value, cursor, going.signal)
    head.value = { ...page, cards: [] }
    if (cursor === null) claims.value = page
    return { items: page.cards, next_cursor: page.next_cursor }
  })

  // A site's pages shift while we read: the same artwork may come twice.
  const listed = computed(() => {
    const byKey = new Map<string, BrowseCard>()
    for (const card of pages.items.value) {
      if (!byKey.has(keyOf(card))) byKey.set(keyOf(card), card)
    }
    return [...byKey.values()]
  })
  const badges = useBadges(listed)
  const cards = computed(() => listed.value.map(badges.apply))
  const amounts = computed(() => {
    const found = new Map<Badge, number>()
    for (const { badge } of cards.value) found.set(badge, (found.get(badge) ?? 0) + 1)
    return found
  })
  /** What the options leave out is shown to whoever asks for it. */
  const visible = computed(() =>
    cards.value.filter((card) =>
      shown.value ? card.badge === shown.value : card.badge !== 'skipped' || !card.left_out,
    ),
  )

  /** Pages on which nothing fits are passed over, a few at a time. */
  const isLooking = computed(
    () =>
      visible.value.length === 0 &&
      pages.state.value === 'ready' &&
      emptyPages < MOST_EMPTY_PAGES,
  )
  watch(pages.state, (state) => {
    if (state !== 'ready' || visible.value.length > 0 || shown.value) return
    if (emptyPages++ < MOST_EMPTY_PAGES) void pages.loadMore()
  })

  function lookFurther() {
    emptyPages = 0
    return pages.loadMore()
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  function reload() {
    clearTimeout(timer)
    emptyPages = 0
    return pages.reload()
  }
  watch(
    target,
    (key) => {
      clearTimeout(timer)
      going?.abort()
      pages.clear()
      badges.clear()
      head.value = claims.value = null
      if (key) void reload()
    },
    { immediate: true },
  )
  watch(
    () => JSON.stringify(filters.value),
    () => {
      clearTimeout(timer)
      if (target.value) timer = setTimeout(reload, PAUSE_MS)
    },
  )
  const off = useEventsStore().onRenewed(() => {
    if (target.value) void reload()
  })
  onScopeDispose(() => {
    off()
    clearTimeout(timer)
    going?.abort()
  })

  return {
    ...pages,
    cards,
    visible,
    amounts,
    head,
    claims,
    isLooking,
    lookFurther,
    reload,
    refreshBadges: badges.refresh,
  }
}
