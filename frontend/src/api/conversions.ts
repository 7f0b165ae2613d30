import { GET, POST, said, type Schemas } from './client'

export type ConvertOptions = Schemas['ConvertOptions']
export type Scope = Schemas['Scope']
export type Trial = Schemas['Trial']
export type Trials = Schemas['Trials']
export type ConversionBatch = Schemas['ConversionBatch']

/** The jobs over the library. */
export type LibraryStage = 'convert' | 'embed'

/** What a query means to a stage, counted by format. */
export const readScope = (q: string, stage: LibraryStage, signal?: AbortSignal) =>
  said(GET('/api/conversions/scope', { params: { query: { q, stage } }, signal }))

/** Convert a few files to look at; nothing of the library changes. */
export const tryConversion = (query: string, convert: ConvertOptions, samples: number) =>
  said(POST('/api/conversions/try', { body: { query, convert, samples } }))

/** What was converted, the newest first. */
export const listConversions = (cursor: string | null) =>
  said(GET('/api/conversions', { params: { query: { cursor: cursor ?? undefined } } }))

export const undoConversion = (batch_id: number) =>
  said(POST('/api/conversions/{batch_id}/undo', { params: { path: { batch_id } } }))
