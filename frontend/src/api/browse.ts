import { GET, POST, said, type Schemas } from './client'

export type BrowseCard = Schemas['BrowseCard']
export type Browsed = Schemas['Browsed']
export type BrowseTarget = Schemas['BrowseTarget']
export type CardBadge = Schemas['CardBadge']
export type ReadLine = Schemas['ReadLine']
export type Rating = NonNullable<BrowseCard['rating']>

/** Which artworks of a target are wanted. */
export interface Filters {
  ratings: Rating[]
  kinds: BrowseCard['kind'][]
  since: string
  until: string
  with_tags: string[]
  without_tags: string[]
  with_prompt: string[]
  without_prompt: string[]
  min_size: string
}

/** What each pasted line means; no site is contacted. A bare name is of this site and kind. */
export const readLines = (lines: string[], site: string, kind: string) =>
  said(POST('/api/targets/read', { body: { lines, site: site || null, kind: kind || null } }))

/** How we stand with cards by now; the ones left out are new. No site is contacted. */
export const askBadges = (site: string, site_ids: string[]) =>
  said(POST('/api/browse/badges', { body: { site, site_ids } }))

const list = (words: string[]) => words.join(',') || undefined

/** A page of what is there now. Asks the site, nothing is stored. */
export const browse = (
  target: string,
  filters: Filters,
  cursor: string | null,
  signal?: AbortSignal,
) =>
  said(
    GET('/api/browse', {
      params: {
        query: {
          target,
          cursor: cursor ?? undefined,
          rating: list(filters.ratings),
          kind: list(filters.kinds),
          since: filters.since || undefined,
          with_tag: filters.with_tags,
          without_tag: filters.without_tags,
          until: filters.until || undefined,
          with_prompt: filters.with_prompt,
          without_prompt: filters.without_prompt,
          min_size: filters.min_size || undefined,
        },
      },
      signal,
    }),
  )
