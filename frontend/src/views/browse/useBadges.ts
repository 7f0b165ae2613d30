import { askBadges, type BrowseCard, type CardBadge } from '@/api/browse'
import { useEventsStore } from '@/stores/events'
import { useRemovalsStore } from '@/stores/removals'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'

const AT_A_TIME = 1000 // what the server takes
const NEW = { badge: 'new', badge_reason: null, badge_detail: null } as const
const PAUSE_MS = 1500 // between two questions while jobs move

/** How we stand with the cards while jobs move: asked of our own server, never of the site. */
export function useBadges(cards: Ref<readonly BrowseCard[]>) {
  const known = shallowRef(new Map<string, CardBadge>()) // by site id; one site at a time
  let timer: ReturnType<typeof setTimeout> | undefined
  let question = 0

  function apply(card: BrowseCard): BrowseCard {
    const now = known.value.get(card.site_id)
    if (!now || (now.badge === card.badge && now.artwork_id === card.artwork_id)) return card
    const { badge, badge_reason, badge_detail, artwork_id } = now
    // Left out or not is told by the options that are set now, not by those of a download.
    const isByFilters = badge === 'skipped' && badge_reason?.startsWith('filtered_')
    if (card.left_out && (isByFilters || badge === 'new')) return { ...card, artwork_id }
    if (isByFilters) return { ...card, ...NEW, artwork_id }
    return { ...card, badge, badge_reason, badge_detail, artwork_id }
  }

  async function ask(isAll = false) {
    timer = undefined
    const mine = ++question
    // What is here stays here while nobody deletes it; everything else may change.
    const open = cards.value.map(apply).filter((card) => isAll || card.badge !== 'have')
    const found: CardBadge[] = []
    try {
      for (let from = 0; from < open.length; from += AT_A_TIME) {
        const ids = open.slice(from, from + AT_A_TIME).map((card) => card.site_id)
        found.push(...(await askBadges(open[0]!.site, ids)).badges)
      }
    } catch {
      return // the connection tells of itself, and the next message of a job asks again
    }
    if (mine !== question || !found.length) return
    known.value = new Map([...known.value, ...found.map((one) => [one.site_id, one] as const)])
  }

  function askSoon() {
    timer ??= setTimeout(() => void ask(), PAUSE_MS)
  }

  function refresh(isAll = false) {
    clearTimeout(timer)
    void ask(isAll)
  }

  function clear() {
    question++
    clearTimeout(timer)
    timer = undefined
    known.value = new Map()
  }

  const off = useEventsStore().on('job', () => cards.value.length && askSoon())
  const removals = useRemovalsStore()
  watch(
    () => removals.changes,
    () => cards.value.length && refresh(true),
  )
  onScopeDispose(() => {
    off()
    clear()
  })

  return { apply, refresh, clear }
}
