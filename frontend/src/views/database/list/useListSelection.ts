import type { ArtworkCard } from '@/api/artworks'
import { computed, ref, shallowRef } from 'vue'
import { withTerm, written } from '../search/query'
import { isCard, type Slot, type useArtworkPages } from './useArtworkPages'

/** The search language takes 200 words at once; the rest is for the query itself. */
export const MOST_PICKED = 150
/** Ids that the server takes at once; a longer range is not taken one by one. */
export const MOST_IDS = 5000

/**
 * Ticks over a list of which only a part is here: Ctrl+A means all that match, and a tick then
 * takes one out. Kept by id, so sorting keeps them; a range fetches what it lacks.
 */
export function useListSelection(
  pages: Pick<ReturnType<typeof useArtworkPages>, 'placeOf' | 'fetchRange' | 'total'>,
) {
  const picked = shallowRef<ReadonlyMap<number, ArtworkCard>>(new Map())
  const isAll = ref(false) // then `picked` are those taken out
  let anchor: number | null = null // id

  const isSelected = (slot: Slot) => picked.value.has(slot.id) !== isAll.value
  /** How many; null: more than anybody counted. */
  const amount = computed(() => {
    if (!isAll.value) return picked.value.size
    return pages.total.value === null ? null : pages.total.value - picked.value.size
  })
  const size = computed(() => amount.value ?? Infinity)

  function toggle(card: ArtworkCard) {
    const next = new Map(picked.value)
    if (!next.delete(card.id)) next.set(card.id, card)
    picked.value = next
    anchor = card.id
  }

  /** Everything between the last ticked one and this one, both included. */
  async function extendTo(card: ArtworkCard) {
    const [from, to] = [anchor === null ? -1 : pages.placeOf(anchor), pages.placeOf(card.id)]
    if (from < 0 || to < 0 || Math.abs(to - from) >= MOST_IDS) return toggle(card)
    const range = await pages.fetchRange(Math.min(from, to), Math.max(from, to))
    const added = range.map((one) => [one.id, one] as const)
    picked.value = new Map([...picked.value, ...added])
  }

  /** What a click on a tick means, with the keys that were held. */
  async function click(slot: Slot, event: Pick<MouseEvent, 'shiftKey'>) {
    if (!isCard(slot)) return
    if (event.shiftKey) await extendTo(slot)
    else toggle(slot)
  }

  function clear() {
    picked.value = new Map()
    anchor = null
    isAll.value = false
  }
  function selectAll() {
    clear()
    isAll.value = true
  }

  /** The cards of what was ticked one by one; also of what has left the list since. */
  const cards = () => [...picked.value.values()]

  /** The selection as a query; null when it is too much for one. */
  function asQuery(query: string): string | null {
    if (picked.value.size > MOST_PICKED) return null
    if (!picked.value.size) return isAll.value ? query : null
    const these = idsQuery(cards())
    return isAll.value ? withTerm(query, `-(${these})`) : these
  }

  return { isAll, amount, size, isSelected, click, clear, selectAll, cards, asQuery }
}

/** `(site:a id:1,2) OR (site:b id:3)` */
function idsQuery(cards: readonly ArtworkCard[]): string {
  const sites = [...new Set(cards.map((card) => card.site))]
  const parts = sites.map((site) => {
    const ids = cards.filter((card) => card.site === site).map((card) => written(card.site_id))
    return `site:${written(site)} id:${ids.join(',')}`
  })
  return parts.length === 1 ? parts[0]! : parts.map((part) => `(${part})`).join(' OR ')
}
