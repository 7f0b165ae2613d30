import type { NewJob } from '@/api/jobs'
import type { Target } from '@/api/targets'

type Options = NonNullable<NewJob['options']>
type Filters = Pick<
  Options,
  | 'kinds'
  | 'ratings'
  | 'since'
  | 'until'
  | 'with_tags'
  | 'without_tags'
  | 'with_prompt'
  | 'without_prompt'
  | 'min_size'
>

/** What of a target was wanted: asking again has to ask for the same. */
export function filtersOf({ filters }: Target): Filters {
  const since = typeof filters.since === 'string' ? filters.since.slice(0, 19) : undefined
  // The first moment that is too late.
  const until = typeof filters.until === 'string' ? `<${filters.until.slice(0, 19)}` : undefined
  return { ...filters, ...(since && { since }), ...(until && { until }) } // to the second, UTC
}

/** The same in a few words; empty where everything is wanted. */
export function filterWords(target: Target): string[] {
  const { kinds, ratings, since, until, min_size, ...words } = filtersOf(target)
  return [
    ...(kinds ?? []),
    ...(ratings ?? []),
    ...(since ? [`≥ ${since.slice(0, 10)}`] : []),
    ...(until ? [until.slice(0, 11).replace('<', '< ')] : []),
    ...(min_size ? [`≥ ${min_size} px`] : []),
    ...(words.with_tags ?? []).map((tag) => `+${tag}`),
    ...(words.without_tags ?? []).map((tag) => `−${tag}`),
    ...(words.with_prompt ?? []).map((part) => `+“${part}”`),
    ...(words.without_prompt ?? []).map((part) => `−“${part}”`),
  ]
}
