import { DELETE, GET, POST, said, type Schemas } from './client'

export type TagOverview = Schemas['TagOverview']
export type TagMethodState = Schemas['TagMethodState']
export type TagLimiter = Schemas['LimiterState']
export type TagLogin = Schemas['Login']
export type TopTag = Schemas['TopTag']
export type TaggedArtwork = Schemas['TaggedArtwork']
export type VotedTag = Schemas['VotedTag']
export type TagChange = Schemas['TagChange']
export type TagWay = NonNullable<Schemas['TagOptions']['method']>

/** Which artworks a job would ask for. */
export interface TagScope {
  q: string
  older_than?: string
  again?: boolean
}

export const readTagOverview = (scope: TagScope, signal?: AbortSignal) =>
  said(GET('/api/tags/overview', { params: { query: scope }, signal }))

/** Which way would be gone now, and why; the site is not contacted. */
export const readTagMethod = (method: TagWay | undefined, signal?: AbortSignal) =>
  said(GET('/api/tags/method', { params: { query: { method } }, signal }))

const at = (job_id: number) => ({ path: { job_id } })

export const readTopTags = (job_id: number, limit: number, signal?: AbortSignal) =>
  said(
    GET('/api/jobs/{job_id}/top-tags', { params: { ...at(job_id), query: { limit } }, signal }),
  )

/** The artworks that a job has asked for last, with their tags. */
export const readTagged = (job_id: number, limit: number, signal?: AbortSignal) =>
  said(
    GET('/api/jobs/{job_id}/tagged', { params: { ...at(job_id), query: { limit } }, signal }),
  )

/** Of one run, of one artwork, or of all. */
export interface ChangesOf {
  job_id?: number
  artwork_id?: number
}

export const readTagChanges = (of: ChangesOf, cursor?: string, limit = 10) =>
  said(GET('/api/tags/changes', { params: { query: { ...of, cursor, limit } } }))

const ofSite = (site: string) => ({ params: { path: { site } } })

export const openLogin = (site: string) => said(POST('/api/sites/{site}/login', ofSite(site)))

export const closeLogin = (site: string) =>
  said(DELETE('/api/sites/{site}/login', ofSite(site)))
