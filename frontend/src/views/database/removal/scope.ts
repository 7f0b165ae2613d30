import type { RemoveScope } from '@/api/artworks'
import { MOST_IDS, type useListSelection } from '../list/useListSelection'

/** An empty search means everything, and the server wants that to be said. */
const EVERYTHING = '-download:skipped'

/** What is selected, for the server; null when it is too much for one request. */
export function scopeOf(
  selection: ReturnType<typeof useListSelection>,
  query: string,
): RemoveScope | null {
  if (selection.isAll.value) {
    const found = selection.asQuery(query)
    return found === null ? null : { query: found || EVERYTHING }
  }
  const ids = selection.cards().map((card) => card.id)
  return ids.length <= MOST_IDS ? { ids } : null
}
