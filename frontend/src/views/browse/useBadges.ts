import { askBadges, type BrowseCard, type CardBadge } from '@/api/browse'
import { useEventsStore } from '@/stores/events'
import { onScopeDispose, shallowRef, type Ref } from 'vue'

const AT_A_TIME = 1000 // what the server takes
const PAUSE_MS = 1500 // between two questions while jobs move

/** How we stand with the cards while jobs move: asked of our own server, never of the site. */
export function useBadges(cards: Ref<readonly BrowseCard[]>) {
  const known = shallowRef(new Map<string, CardBadge>()) // by site id; one site at a time
  let timer: ReturnType<typeof setTimeout> | undefined
  let question = 0

  function apply(card: BrowseCard): BrowseCard {
    const now = known.value.get(card.site_id)
    if (!now || (now.badge === card.badge && now.artwork_id === card.artwork_id)) return card
    const { badge, badge_detail, artwork_id } = now
    return { ...card, badge, badge_detail, artwork_id }
  }

  async function ask() {
    timer = undefined
    const mine = ++question
    // What is here stays here while somebody looks; everything else may change.
    const open = cards.value.map(apply).filter((card) => card.badge !== 'have')
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
    timer ??= setTimeout(ask, PAUSE_MS)
  }

  function refresh() {
    clearTimeout(timer)
    void ask()
  }

  function clear() {
    question++
    clearTimeout(timer)
    timer = undefined
    known.value = new Map()
  }

  const off = useEventsStore().on('job', () => cards.value.length && askSoon())
  onScopeDispose(() => {
    off()
    clear()
  })

  return { apply, refresh, clear }
}
