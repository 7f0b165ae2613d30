import type { ArtworkCard, listArtworks } from '@/api/artworks'

/** A card as the server would say it, with what a test is about. */
export const aCard = (id: number, said: Partial<ArtworkCard> = {}): ArtworkCard => ({
  id,
  site: 'civitai',
  site_id: String(1000 + id),
  kind: 'image',
  page_url: `https://civitai.com/images/${1000 + id}`,
  author: 'lena',
  title: null,
  rating: 'PG',
  posted_at: '2026-08-01T10:00:00+00:00',
  added_at: '2026-08-02T10:00:00+00:00',
  downloaded_at: null,
  width: 640,
  height: 480,
  model: null,
  base_model: null,
  prompt: null,
  blurhash: null,
  size: null,
  format: null,
  download_status: 'queued',
  examine_status: 'none',
  tags_status: 'none',
  embed_status: 'none',
  convert_status: 'none',
  badge: 'waiting',
  stars: 0,
  is_favourite: false,
  thumb_url: null,
  media_url: null,
  ...said,
})

/** A server that holds these cards and knows no search; for tests, in the place of `listArtworks`. */
export function answersFrom(library: { cards: ArtworkCard[]; counted?: number }) {
  return (async (_question, { cursor, skip }, limit) => {
    const isFirst = cursor === undefined && skip === undefined
    const start = Number(cursor ?? 0) + (skip ?? 0)
    const end = start + limit
    const { cards, counted = 10_000 } = library
    return {
      artworks: cards.slice(start, end),
      next_cursor: end < cards.length ? String(end) : null,
      total: isFirst ? Math.min(cards.length, counted + 1) : null,
      total_is_more: isFirst && cards.length > counted,
      unindexed: 0,
    }
  }) as typeof listArtworks
}

export const cardsUpTo = (last: number) =>
  Array.from({ length: last }, (_, at) => aCard(at + 1))
