/** The fields that have a menu of their own beside the box; the menu writes into the query. */
export const FILTERS = [
  { field: 'download', values: ['done', 'queued', 'none', 'skipped', 'failed', 'gone'] },
  { field: 'kind', values: ['image', 'video', 'ugoira'] },
  { field: 'rating', values: ['pg', 'pg13', 'r', 'x', 'xxx', 'unrated'] },
  { field: 'site', values: [] }, // the sites that can be asked
] as const

export type FilterField = (typeof FILTERS)[number]['field']
