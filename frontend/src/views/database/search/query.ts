/**
 * The search language as the box sees it: where its words stand, and how to change them.
 *
 * It cuts the text as `domain/query.py` does and judges nothing: what is wrong with a query, the
 * server says. Offsets are those of JavaScript strings.
 */

export interface QueryWord {
  /** `or` stands between two words; `group` is a whole pair of brackets. */
  kind: 'term' | 'or' | 'group'
  text: string // as it stands there, with `-`
  start: number
  end: number
  isNegated: boolean
  field: string | null // in lower case, aliases resolved; null: words without a field
  value: string // what follows the colon, quotes still in it
}

const ALIASES: Record<string, string> = {
  base: 'base_model',
  date: 'posted',
  negative_prompt: 'negative',
  post: 'group',
  tags_status: 'tagging',
  type: 'kind',
}

const FIELD = /^([A-Za-z][A-Za-z_]*):/
const RESERVED = new Set(['or', 'and', 'not', 'none'])

export const fieldNamed = (written: string) =>
  ALIASES[written.toLowerCase()] ?? written.toLowerCase()

/** The words of a query, left to right. What is never closed reaches to the end. */
export function wordsOf(text: string): QueryWord[] {
  const words: QueryWord[] = []
  let index = 0
  while (index < text.length) {
    if (/\s/.test(text[index]!)) {
      index++
      continue
    }
    const start = index
    const isNegated = text[index] === '-' && /[^\s)-]/.test(text[index + 1] ?? '')
    if (isNegated) index++
    const isGroup = text[index] === '('
    index = isGroup ? groupEnd(text, index) : wordEnd(text, index)
    words.push(readWord(text.slice(start, index), start, isNegated, isGroup))
  }
  return words
}

function readWord(
  text: string,
  start: number,
  isNegated: boolean,
  isGroup: boolean,
): QueryWord {
  const bare = isNegated ? text.slice(1) : text
  const field = isGroup ? null : FIELD.exec(bare)
  return {
    kind: isGroup ? 'group' : text === 'OR' ? 'or' : 'term',
    text,
    start,
    end: start + text.length,
    isNegated,
    field: field ? fieldNamed(field[1]!) : null,
    value: field ? bare.slice(field[0].length) : bare,
  }
}

/** The offset after a word; spaces and a `)` of somebody else end it outside quotes. */
function wordEnd(text: string, start: number): number {
  let depth = 0
  let index = start
  for (; index < text.length && !/\s/.test(text[index]!); index++) {
    const sign = text[index]
    if (sign === '\\') index++
    else if (sign === '"') index = quoteEnd(text, index)
    else if (sign === '(') depth++
    else if (sign === ')' && depth-- === 0) break
  }
  return Math.min(Math.max(index, start + 1), text.length)
}

function groupEnd(text: string, start: number): number {
  let depth = 0
  for (let index = start; index < text.length; index++) {
    const sign = text[index]
    if (sign === '\\') index++
    else if (sign === '"') index = quoteEnd(text, index)
    else if (sign === '(') depth++
    else if (sign === ')' && --depth === 0) return index + 1
  }
  return text.length
}

function quoteEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === '"') return index
  }
  return text.length
}

/** A value between bare commas, without quotes and escapes: `"a b",c` is `a b` and `c`. */
export function valuesOf(value: string): string[] {
  const values = ['']
  let isQuoted = false
  for (let index = 0; index < value.length; index++) {
    const sign = value[index]!
    if (sign === '"') isQuoted = !isQuoted
    else if (sign === ',' && !isQuoted) values.push('')
    else values[values.length - 1] += sign === '\\' ? (value[++index] ?? '') : sign
  }
  return values
}

/** A value as it has to be written so that it means itself. */
export function written(value: string): string {
  const isPlain = value !== '' && !/["\\*,()\s]/.test(value) && !/^-/.test(value)
  if (isPlain && !FIELD.test(value) && !RESERVED.has(value.toLowerCase())) return value
  return `"${value.replace(/["\\*]/g, '\\$&')}"`
}

const hasAlternatives = (words: readonly QueryWord[]) =>
  words.some((word) => word.kind === 'or')

/** Standing alone `OR` means nothing: none at either end, none beside another. */
function join(words: readonly Pick<QueryWord, 'kind' | 'text'>[]): string {
  const kept = words.filter(
    (word, at) => word.kind !== 'or' || (at > 0 && words[at - 1]!.kind !== 'or'),
  )
  while (kept.at(-1)?.kind === 'or') kept.pop()
  return kept.map((word) => word.text).join(' ')
}

export function withoutWord(text: string, at: number): string {
  return join(wordsOf(text).filter((_, index) => index !== at))
}

/** The query and one more condition, for all of it also where it knows alternatives. */
export function withTerm(text: string, term: string): string {
  const whole = text.trim()
  if (!whole) return term
  return hasAlternatives(wordsOf(whole)) ? `(${whole}) ${term}` : `${whole} ${term}`
}

/** What a quick filter shows as chosen: the values of the one plain term of this field. */
export function chosenValues(text: string, field: string): string[] {
  const words = wordsOf(text)
  if (hasAlternatives(words)) return []
  const mine = words.filter((word) => word.field === field && !word.isNegated)
  return mine.length === 1 ? valuesOf(mine[0]!.value).map((one) => one.toLowerCase()) : []
}

/** Write a quick filter into the query, in the place where the field stood. */
export function withValues(text: string, field: string, values: readonly string[]): string {
  const term = values.length ? `${field}:${values.map(written).join(',')}` : null
  const words = wordsOf(text)
  const at = words.findIndex((word) => word.field === field && !word.isNegated)
  if (hasAlternatives(words) || at < 0) return term ? withTerm(text, term) : text
  const isMine = (word: QueryWord) => word.field === field && !word.isNegated
  const others = words
    .filter((word, index) => !isMine(word) || (index === at && term))
    .map((word) => (isMine(word) ? { ...word, text: term! } : word))
  return join(others)
}

/** The word that is being written at `cursor`, cut off there; null between two words. */
export function wordAt(text: string, cursor: number): QueryWord | null {
  const words = wordsOf(text.slice(0, cursor))
  const last = words.at(-1)
  if (!last || last.end < cursor) return null
  if (last.kind !== 'group') return last
  // Inside brackets that are still open.
  const inside = last.start + (last.isNegated ? 2 : 1)
  if (last.text.endsWith(')') || inside > cursor) return null
  const inner = wordAt(text.slice(inside, cursor), cursor - inside)
  return inner && { ...inner, start: inner.start + inside, end: inner.end + inside }
}
