import { GET, POST, said, type Schemas } from './client'

export type LayoutPreview = Schemas['LayoutPreview']
export type MoveBatch = Schemas['MoveBatch']

/** What a layout would make of the library: a name, or `template:{author}/{id}`. */
export const previewLayout = (layout: string, signal?: AbortSignal) =>
  said(POST('/api/layouts/preview', { body: { layout }, signal }))

/** What was moved, the newest first. */
export const listMoves = (cursor: string | null) =>
  said(GET('/api/layouts/moves', { params: { query: { cursor: cursor ?? undefined } } }))

/** Answers with the job that moves the files back. */
export const undoMove = (batch_id: number) =>
  said(POST('/api/layouts/moves/{batch_id}/undo', { params: { path: { batch_id } } }))
