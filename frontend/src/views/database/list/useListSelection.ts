import type { ArtworkCard } from '@/api/artworks'
import { useSelection } from '@/composables/useSelection'
import { computed, ref, type Ref } from 'vue'
import { withTerm, written } from '../search/query'
import { isCard, type Slot } from './useArtworkPages'

/** The search language takes 200 words at once; the rest is for the query itself. */
export const MOST_PICKED = 150

/**
 * Ticks over a list of which only a part is here: Ctrl+A means all that match, and a tick then
 * takes one out.
 */
export function useListSelection(
  slots: Ref<readonly Slot[]>,
  total: Readonly<Ref<number | null>>,
) {
  const picked = useSelection(slots, (slot: Slot) => slot.id)
  const isAll = ref(false) // then `picked` are those taken out
  const known = new Map<string | number, ArtworkCard>()

  const isSelected = (slot: Slot) => picked.isSelected(slot) !== isAll.value
  /** How many; null: more than anybody counted. */
  const amount = computed(() => {
    if (!isAll.value) return picked.size.value
    return total.value === null ? null : total.value - picked.size.value
  })
  const size = computed(() => amount.value ?? Infinity)

  function remember() {
    for (const slot of picked.selected.value) if (isCard(slot)) known.set(slot.id, slot)
  }
  function click(slot: Slot, event: Pick<MouseEvent, 'shiftKey'>) {
    if (!isCard(slot)) return
    picked.click(slot, event)
    remember()
  }
  function toggle(slot: Slot) {
    click(slot, { shiftKey: false })
  }
  function extendTo(slot: Slot) {
    click(slot, { shiftKey: true })
  }
  function clear() {
    picked.clear()
    known.clear()
    isAll.value = false
  }
  function selectAll() {
    clear()
    isAll.value = true
  }

  /** The cards of what was ticked one by one; also of what has left the list since. */
  const cards = () => [...picked.keys.value].flatMap((key) => known.get(key) ?? [])

  /** The selection as a query; null when it is too much for one. */
  function asQuery(query: string): string | null {
    if (picked.size.value > MOST_PICKED) return null
    if (!picked.size.value) return isAll.value ? query : null
    const these = idsQuery(cards())
    return isAll.value ? withTerm(query, `-(${these})`) : these
  }

  return {
    ...picked,
    isAll,
    amount,
    size,
    isSelected,
    click,
    toggle,
    extendTo,
    clear,
    selectAll,
    cards,
    asQuery,
  }
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
