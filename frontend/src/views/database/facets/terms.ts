import { valuesOf, withTerm, withoutWord, wordsOf, type QueryWord } from '../search/query'

/** Whether a query asks for a value, or for anything but it. */
export type Standing = 'in' | 'out' | null

/** The values of a word as they are written, cut at bare commas. */
function partsOf(value: string): string[] {
  const parts = ['']
  let isQuoted = false
  for (let index = 0; index < value.length; index++) {
    const sign = value[index]!
    if (sign === ',' && !isQuoted) {
      parts.push('')
      continue
    }
    if (sign === '"') isQuoted = !isQuoted
    parts[parts.length - 1] += sign === '\\' ? sign + (value[++index] ?? '') : sign
  }
  return parts
}

const meant = (part: string) => valuesOf(part)[0]!.toLowerCase()

/** Where in a word of the same field the value of a term stands; -1: nowhere. */
function placeIn(word: QueryWord, term: QueryWord): number {
  if (word.kind !== 'term' || word.field !== term.field) return -1
  return partsOf(word.value).map(meant).indexOf(meant(term.value))
}

export function standingOf(query: string, term: string): Standing {
  const wanted = wordsOf(term)[0]
  const found = wanted && wordsOf(query).find((word) => placeIn(word, wanted) >= 0)
  if (!found) return null
  return found.isNegated ? 'out' : 'in'
}

const headOf = ({ text, value }: QueryWord) => text.slice(0, text.length - value.length)

function replaced(query: string, { start, end }: QueryWord, text: string): string {
  return query.slice(0, start) + text + query.slice(end)
}

/**
 * The query with the value of `term` asked for, kept out, or not mentioned. Several values of a
 * field are alternatives; several tags are all wanted.
 */
export function withStanding(query: string, term: string, standing: Standing): string {
  const wanted = wordsOf(term)[0]
  if (!wanted) return query
  const words = wordsOf(query)
  const at = words.findIndex((word) => placeIn(word, wanted) >= 0)
  let rest = query
  if (at >= 0) {
    const word = words[at]!
    const others = partsOf(word.value).toSpliced(placeIn(word, wanted), 1)
    rest = others.length
      ? replaced(query, word, headOf(word) + others.join(','))
      : withoutWord(query, at)
  }
  if (standing === null) return rest
  if (standing === 'out') return withTerm(rest, `-${term}`)
  const mate = wordsOf(rest).find((word) => word.field === wanted.field && !word.isNegated)
  if (!mate || wanted.field === 'tag' || wanted.field === null) return withTerm(rest, term)
  return replaced(rest, mate, `${mate.text},${wanted.value}`)
}
