import type { LibraryStage } from '@/api/conversions'
import { withoutWord, withTerm, wordsOf } from '../database/search/query'

/** Conditions that are one click away; the first means that there is none. */
export const PRESETS = {
  convert: [
    { name: 'png', term: 'format:png' },
    { name: 'tagged', term: 'tags:>=1' },
    { name: 'unconverted', term: '-convert:done' },
  ],
  embed: [
    { name: 'tagged', term: 'tags:>=1' },
    { name: 'unwritten', term: '-embed:done' },
  ],
} as const satisfies Record<LibraryStage, readonly { name: string; term: string }[]>

const placeOf = (query: string, term: string) => {
  const words = wordsOf(query)
  if (words.some((word) => word.kind === 'or')) return -1 // it would be one of the alternatives
  return words.findIndex((word) => word.text.toLowerCase() === term)
}

export const hasTerm = (query: string, term: string) => placeOf(query, term) >= 0

/** The query with this condition, or without it where it stood. */
export function toggled(query: string, term: string): string {
  const at = placeOf(query, term)
  return at >= 0 ? withoutWord(query, at) : withTerm(query, term)
}
