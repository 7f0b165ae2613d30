import type { Sort } from '@/api/artworks'

/** What a table of artworks can show beside the artwork itself. */
export const COLUMNS = [
  { name: 'state', width: '8.5rem' },
  { name: 'kind', width: '5.5rem' },
  { name: 'model', width: 'minmax(7rem, 1fr)' },
  { name: 'rating', width: '4.5rem' },
  { name: 'posted', width: '7.5rem', sorts: ['newest', 'oldest'] },
  { name: 'size', width: '6rem', isNumber: true, sorts: ['largest'] },
  { name: 'pixels', width: '7rem', isNumber: true },
  { name: 'format', width: '5rem' },
  { name: 'added', width: '7.5rem', sorts: ['added', 'id'] },
  { name: 'downloaded', width: '7.5rem' },
  { name: 'site', width: '6rem' },
  { name: 'siteId', width: '8rem' },
  { name: 'examine', width: '6.5rem' },
  { name: 'tags', width: '6.5rem' },
  { name: 'embed', width: '6.5rem' },
  { name: 'convert', width: '6.5rem' },
] as const satisfies readonly {
  name: string
  width: string
  isNumber?: boolean
  sorts?: readonly Sort[] // the first is what a click on the heading asks for
}[]

export type ColumnName = (typeof COLUMNS)[number]['name']
export type Column = {
  name: ColumnName
  width: string
  isNumber: boolean
  sorts: readonly Sort[]
}

/** The columns that are there, in our order. */
export const columnsNamed = (names: readonly string[]): Column[] =>
  COLUMNS.filter((column) => names.includes(column.name)).map((column) => ({
    isNumber: false,
    sorts: [],
    ...column,
  }))

/** What another click on this heading sorts by. */
export function nextSort(column: Column, now: Sort): Sort | undefined {
  const at = column.sorts.indexOf(now)
  return column.sorts[(at + 1) % column.sorts.length]
}

export function ariaSort(column: Column, now: Sort): 'ascending' | 'descending' | undefined {
  if (!column.sorts.includes(now)) return undefined
  return now === 'oldest' || now === 'id' ? 'ascending' : 'descending'
}
