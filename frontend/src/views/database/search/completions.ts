import { valuesOf, wordAt, wordsOf, written } from './query'

/** A proposal for the word at the cursor. `from`–`to` of the text becomes `text`. */
export interface Completion {
  field: string
  value: string | null // null: the field itself
  text: string
  from: number
  to: number
  amount?: number | null // artworks, where somebody counted
}

/** By field; what the program knows by itself and what has been seen in this library. */
export type KnownValues = Readonly<Record<string, readonly string[]>>

const STATUSES = ['none', 'queued', 'done', 'failed', 'skipped', 'gone']
const DATES = ['today', 'yesterday', '7d', '1m', '3m', '1y']
const MOMENTS = ['today', '7d', '2w', '1m', '3m', '1y']

/** In the order of their use. */
export const FIELDS = [
  'model',
  'author',
  'tag',
  'prompt',
  'kind',
  'rating',
  'stars',
  'favourite',
  'download',
  'site',
  'since',
  'until',
  'target',
  'base_model',
  'version',
  'title',
  'negative',
  'has',
  'score',
  'tags',
  'posted',
  'added',
  'downloaded',
  'size',
  'pixels',
  'width',
  'height',
  'format',
  'seed',
  'id',
  'group',
  'examine',
  'tagging',
  'embed',
  'convert',
  'reason',
] as const

const ALWAYS: KnownValues = {
  kind: ['image', 'video', 'ugoira'],
  rating: ['pg', 'pg13', 'r', 'x', 'xxx', 'sfw', 'nsfw', 'unrated'],
  has: ['prompt', 'model', 'seed', 'file', 'tags'],
  download: STATUSES,
  examine: STATUSES,
  tagging: STATUSES,
  embed: STATUSES,
  convert: STATUSES,
  since: MOMENTS,
  until: MOMENTS,
  posted: DATES,
  added: DATES,
  downloaded: DATES,
  format: ['png', 'jpeg', 'webp', 'mp4', 'webm', 'gif'],
  score: ['>=1', '>=3', '>=10'],
  stars: ['5', '>=4', '>=3', '>=1', '0'],
  favourite: ['yes', 'no'],
  tags: ['0', '>=1', '>=10'],
  size: ['>1MB', '>10MB', '<500kB'],
  pixels: ['>=1MP', '>=2MP'],
  width: ['>=1024', '>=2048'],
  height: ['>=1024', '>=2048'],
}
/** Fields that take nothing else. */
const CHOICES = new Set([
  'kind',
  'rating',
  'has',
  'favourite',
  'download',
  'examine',
  'tagging',
  'embed',
  'convert',
])
const MOST_SHOWN = 8
const MOST_PER_FIELD = 3 // of a word without a field
const NAMES = ['model', 'author', 'base_model', 'target', 'site', 'kind'] // a bare word may be one

/** What the word at the cursor may become, the likeliest first. */
export function completionsFor(text: string, cursor: number, seen: KnownValues): Completion[] {
  const word = wordAt(text, cursor)
  if (!word || word.kind !== 'term') return []
  const whole = wordsOf(text).find((one) => one.start <= word.start && one.end >= cursor)
  const to = whole?.kind === 'term' ? whole.end : cursor
  const space = /^\s/.test(text.slice(to)) ? '' : ' '
  const sign = word.isNegated ? '-' : ''

  if (word.field) {
    const typed = word.value.slice(lastPart(word.value))
    const kept = word.value.slice(0, word.value.length - typed.length)
    const head = `${word.text.slice(0, word.text.length - word.value.length)}${kept}`
    const wanted = plain(typed)
    return matching(valuesFor(word.field, seen), wanted)
      .filter((value) => value.toLowerCase() !== wanted)
      .slice(0, MOST_SHOWN)
      .map((value) => ({
        field: word.field!,
        value,
        text: `${head}${inText(value)}${space}`,
        from: word.start,
        to,
      }))
  }
  const typed = plain(word.value)
  if (!typed) return []
  const fields = FIELDS.filter((name) => name.startsWith(typed)).map((name) => ({
    field: name,
    value: null,
    text: `${sign}${name}:`,
    from: word.start,
    to,
  }))
  const values = NAMES.flatMap((field) =>
    matching(valuesFor(field, seen), typed)
      .slice(0, MOST_PER_FIELD)
      .map((value) => ({
        field,
        value,
        text: `${sign}${field}:${inText(value)}${space}`,
        from: word.start,
        to,
      })),
  )
  return [...fields, ...values].slice(0, MOST_SHOWN)
}

const valuesFor = (field: string, seen: KnownValues) => [
  ...new Set([...(ALWAYS[field] ?? []), ...(seen[field] ?? [])]),
]

/** Somebody is in the middle of a word that cannot mean anything yet. */
export function isUnfinished(text: string, cursor: number): boolean {
  const last = wordsOf(text).at(-1)
  if (!last) return false
  if (/(^|\s)-$/.test(text) || last.kind === 'or' || hasOpenEnd(text)) return true
  const word = wordAt(text, cursor)
  if (!word?.field) return false
  const choices = CHOICES.has(word.field) ? ALWAYS[word.field]! : []
  return valuesOf(word.value.toLowerCase()).some(
    (value) =>
      value === '' ||
      (!choices.includes(value) && choices.some((choice) => choice.startsWith(value))),
  )
}

/** A quote or bracket was opened and not closed. */
function hasOpenEnd(text: string): boolean {
  const closed = text.replace(/\\./g, '').replace(/"[^"]*"/g, '')
  return closed.includes('"') || closed.split('(').length > closed.split(')').length
}

/** Beginnings first, then what contains it. */
function matching(values: readonly string[], typed: string): string[] {
  const places = values.map((value) => value.toLowerCase().indexOf(typed))
  return [
    ...values.filter((_, at) => places[at] === 0),
    ...values.filter((_, at) => places[at]! > 0),
  ]
}

/** The offset after the last comma that separates. */
function lastPart(value: string): number {
  let isQuoted = false
  let start = 0
  for (let index = 0; index < value.length; index++) {
    if (value[index] === '\\') index++
    else if (value[index] === '"') isQuoted = !isQuoted
    else if (value[index] === ',' && !isQuoted) start = index + 1
  }
  return start
}

const plain = (typed: string) => typed.replace(/["\\]/g, '').toLowerCase()

/** Comparisons mean something; names are written so that they mean themselves. */
const inText = (value: string) => (/^[<>]/.test(value) ? value : written(value))
