import { GET, POST, said, type Schemas } from './client'

export type ArtworkCard = Schemas['ArtworkCard']
export type ArtworkDetails = Schemas['ArtworkDetails']
export type ArtworkFile = Schemas['FileLine']
export type FileReading = Schemas['FileReading']

export const SORTS = [
  'newest',
  'oldest',
  'added',
  'id',
  'largest',
  'smallest',
  'stars',
  'rating',
  'mildest',
] as const
export type Sort = (typeof SORTS)[number]

/** Which artworks, in the search language, and in which order. */
export interface Question {
  q: string
  sort: Sort
}

/** `cursor` is another page's; `skip` goes so far into the list without one. */
export const listArtworks = (
  question: Question,
  { cursor, skip }: { cursor?: string; skip?: number },
  limit: number,
  signal?: AbortSignal,
) =>
  said(
    GET('/api/artworks', {
      params: {
        query: {
          q: question.q || undefined,
          sort: question.sort,
          cursor,
          skip,
          limit,
        },
      },
      signal,
    }),
  )

export const readArtwork = (id: number, signal?: AbortSignal) =>
  said(GET('/api/artworks/{artwork_id}', { params: { path: { artwork_id: id } }, signal }))

/** What is written inside a file. */
export const readEmbedded = (file_id: number, signal?: AbortSignal) =>
  said(GET('/api/files/{file_id}/embedded', { params: { path: { file_id } }, signal }))

/** Which artworks: these ids, or all that a query means. */
export type RemoveScope = Partial<Schemas['RemoveArtworks']>
/** The same, or all that some removals removed. */
export type RestoreScope = Partial<Schemas['RestoreArtworks']>

export const removeArtworks = (scope: RemoveScope) =>
  said(POST('/api/artworks/remove', { body: { ids: [], ...scope } }))

export const restoreArtworks = (scope: RestoreScope) =>
  said(
    POST('/api/artworks/restore', { body: { ids: [], batches: [], fetch: false, ...scope } }),
  )
