import type { Schemas } from '@/api/client'

export type Badge = Schemas['ArtworkCard']['badge']

/** What tiles and the lightbox need to know, wherever it comes from. All addresses are ours. */
export interface Picture {
  key: string | number
  kind: 'image' | 'video' | 'ugoira'
  name: string // for those who cannot see it
  author: string | null
  badge: Badge
  badgeDetail: string | null
  still: string | null
  frame: string | null // a video here whose first frame stands for a still
  video: string | null
  large: string | null
  blurhash: string | null
  width: number | null
  height: number | null
  pageUrl: string
}

const nameOf = (card: { title: string | null; prompt: string | null; site_id: string }) =>
  card.title || card.prompt?.slice(0, 100) || card.site_id

const SMALL_BYTES = 4 * 1024 * 1024

/** The thumbnail; until it is made, a picture that is small enough to be shown as it is. */
function stillOf(card: Schemas['ArtworkCard']): string | null {
  const isSmall = card.kind === 'image' && (card.size ?? Infinity) <= SMALL_BYTES
  return card.thumb_url ?? (isSmall ? card.media_url : null)
}

/** An artwork of the database. */
export function ofArtwork(card: Schemas['ArtworkCard']): Picture {
  return {
    key: card.id,
    kind: card.kind,
    name: nameOf(card),
    author: card.author,
    badge: card.badge,
    badgeDetail: null,
    still: stillOf(card),
    frame: card.kind === 'video' && !card.thumb_url ? card.media_url : null,
    video: card.kind === 'video' ? card.media_url : null,
    large: card.media_url,
    blurhash: card.blurhash,
    width: card.width,
    height: card.height,
    pageUrl: card.page_url,
  }
}

/** An artwork on its site. */
export function ofBrowse(card: Schemas['BrowseCard']): Picture {
  return {
    key: `${card.site}:${card.site_id}`,
    kind: card.kind,
    name: nameOf(card),
    author: card.author,
    badge: card.badge,
    badgeDetail: card.badge_detail,
    still: card.preview_url,
    frame: null, // nothing is fetched from afar for a still
    video: card.video_url,
    large: card.large_url,
    blurhash: card.blurhash,
    width: card.width,
    height: card.height,
    pageUrl: card.page_url,
  }
}

/** A link out goes to http and https only (SE-7): what a site calls its page may be anything. */
export function safeLink(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined
}
