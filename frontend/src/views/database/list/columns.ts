import type { Sort } from '@/api/artworks'
import {
  columnVisibilityFeature,
  createColumnHelper,
  metaHelper,
  rowSortingFeature,
  tableFeatures,
  type SortingState,
} from '@tanstack/vue-table'
import type { Slot } from './useArtworkPages'

/** A row that is in sight: where it stands in the list and, in px, on the page. */
export interface Line {
  index: number
  slot: Slot
  top: number
}

/** What a table of artworks can show beside the artwork itself. `sorts`: as far as the server can. */
export const COLUMNS = [
  { name: 'state', width: '8.5rem' },
  { name: 'kind', width: '5.5rem' },
  { name: 'model', width: 'minmax(7rem, 1fr)' },
  { name: 'stars', width: '5.5rem', sorts: { desc: 'stars' } },
  { name: 'rating', width: '4.5rem', sorts: { desc: 'rating', asc: 'mildest' } },
  { name: 'posted', width: '7.5rem', sorts: { desc: 'newest', asc: 'oldest' } },
  { name: 'size', width: '6rem', isNumber: true, sorts: { desc: 'largest', asc: 'smallest' } },
  { name: 'pixels', width: '7rem', isNumber: true },
  { name: 'format', width: '5rem' },
  { name: 'added', width: '7.5rem', sorts: { desc: 'added', asc: 'id' } },
  { name: 'downloaded', width: '7.5rem' },
  { name: 'site', width: '6rem' },
  { name: 'siteId', width: '8rem' },
  { name: 'examine', width: '6.5rem' },
  { name: 'tags', width: '6.5rem' },
  { name: 'embed', width: '6.5rem' },
  { name: 'convert', width: '6.5rem' },
] as const satisfies readonly (Meta & { name: string })[]

interface Meta {
  width: string
  isNumber?: boolean
  sorts?: { desc: Sort; asc?: Sort }
}
export type ColumnName = (typeof COLUMNS)[number]['name']

export const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  columnMeta: metaHelper<Meta>(),
})

const helper = createColumnHelper<typeof features, Line>()
const metaOf = ({ name, ...meta }: (typeof COLUMNS)[number]) => [name, meta as Meta] as const

export const columns = helper.columns(
  COLUMNS.map(metaOf).map(([id, meta]) =>
    helper.accessor('slot', { id, meta, enableSorting: meta.sorts !== undefined }),
  ),
)
const sortsOf = new Map<string, Meta['sorts']>(
  COLUMNS.map(metaOf).map(([name, meta]) => [name, meta.sorts]),
)

/** The order of the server as the table's. */
export function sortingOf(sort: Sort): SortingState {
  for (const [id, sorts] of sortsOf) {
    if (sorts?.desc === sort || sorts?.asc === sort) return [{ id, desc: sorts.desc === sort }]
  }
  return []
}

/** And back; undefined for an order that the server does not have. */
export function sortOf([first]: SortingState): Sort | undefined {
  const sorts = first && sortsOf.get(first.id)
  return first?.desc ? sorts?.desc : sorts?.asc
}
