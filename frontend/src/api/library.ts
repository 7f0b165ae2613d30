import type { Question } from './artworks'
import { DELETE, GET, PATCH, POST, said, type Schemas } from './client'

export type Facet = Schemas['Facet']
export type FacetValue = Schemas['FacetValue']
export type Completions = Schemas['Completions']
export type Proposal = Schemas['Completion']
export type Timeline = Schemas['Timeline']
export type Statistics = Schemas['Statistics']
export type AmountOf = Schemas['AmountOf']
export type SavedSearch = Schemas['SavedSearch']
export type DuplicateGroup = Schemas['DuplicateGroup']
export type Duplicate = Schemas['Duplicate']
export type KeepRule = NonNullable<Schemas['DecideDuplicates']['rule']>
/** What may be changed by hand; what is left out stays as it is. */
export type Change = Partial<Schemas['ChangeArtwork']>
/** Which artworks: these, or all that a query means. */
export type Scope = { ids: number[] } | { query: string }

const of = (q: string) => ({ query: { q: q || undefined } })

export const readFacets = (q: string, signal?: AbortSignal) =>
  said(GET('/api/facets', { params: of(q), signal }))

/** What the word at the cursor may become, and what is wrong with the whole. */
export const complete = (q: string, at: number, signal?: AbortSignal) =>
  said(GET('/api/complete', { params: { query: { q, at } }, signal }))

export const readTimeline = ({ q, sort }: Question, signal?: AbortSignal) =>
  said(GET('/api/timeline', { params: { query: { q: q || undefined, sort } }, signal }))

export const readStatistics = (q: string, signal?: AbortSignal) =>
  said(GET('/api/statistics', { params: of(q), signal }))

export const listSearches = () => said(GET('/api/searches'))

export const saveSearch = (name: string, { q, sort }: Question) =>
  said(POST('/api/searches', { body: { name, query: q, sort } }))

export const deleteSearch = (search_id: number) =>
  said(DELETE('/api/searches/{search_id}', { params: { path: { search_id } } }))

export const changeArtwork = (artwork_id: number, change: Change) =>
  said(
    PATCH('/api/artworks/{artwork_id}', {
      params: { path: { artwork_id } },
      body: { add_tags: [], remove_tags: [], ...change },
    }),
  )

/** All of a scope, however many requests that takes; how many are different now. */
export async function changeArtworks(scope: Scope, change: Change): Promise<number> {
  let changed = 0
  let after: number | null = null
  do {
    const body = { ids: [], add_tags: [], remove_tags: [], ...scope, ...change, after }
    const answer: Schemas['ArtworksChanged'] = await said(
      POST('/api/artworks/change', { body }),
    )
    changed += answer.changed
    after = answer.next_after
  } while (after !== null)
  return changed
}

export const findDuplicates = (query: string, distance: number) =>
  said(POST('/api/duplicates', { body: { query, distance } }))

export const listDuplicates = (rule: KeepRule, cursor: string | null, limit: number) =>
  said(
    GET('/api/duplicates', {
      params: { query: { rule, cursor: cursor ?? undefined, limit } },
    }),
  )

export const decideDuplicates = (
  body: Partial<Schemas['DecideDuplicates']> & { groups: number[] },
) =>
  said(POST('/api/duplicates/decide', { body: { keep: [], not_duplicates: false, ...body } }))

export type TrainingExport = Required<Schemas['TrainingExport']>
export type TrainingOutlook = Schemas['TrainingOutlook']

/** What a training set would hold; nothing is written. */
export const previewTraining = (query: string, set: TrainingExport, signal?: AbortSignal) =>
  said(POST('/api/exports/preview', { body: { kind: 'export', query, export: set }, signal }))

export type ExportForm = 'csv' | 'jsonl' | 'zip' | 'txt'

/** Where a browser fetches the same answer, all pages of it. */
export function exportAddress({ q, sort }: Question, form: ExportForm): string {
  const query = new URLSearchParams({ ...(q && { q }), sort })
  return `/api/artworks.${form}?${query}`
}
