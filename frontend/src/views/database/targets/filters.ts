import type { NewJob } from '@/api/jobs'
import type { Target } from '@/api/targets'

type Options = NonNullable<NewJob['options']>
type Filters = Pick<Options, 'kinds' | 'ratings' | 'since' | 'with_tags' | 'without_tags'>

/** What of a target was wanted: asking again has to ask for the same. */
export function filtersOf({ filters }: Target): Filters {
  const since = typeof filters.since === 'string' ? filters.since.slice(0, 19) : undefined
  return { ...filters, ...(since && { since }) } // to the second, UTC
}

/** The same in a few words; empty where everything is wanted. */
export function filterWords(target: Target): string[] {
  const { kinds, ratings, since, with_tags, without_tags } = filtersOf(target)
  return [
    ...(kinds ?? []),
    ...(ratings ?? []),
    ...(since ? [`≥ ${since.slice(0, 10)}`] : []),
    ...(with_tags ?? []).map((tag) => `+${tag}`),
    ...(without_tags ?? []).map((tag) => `−${tag}`),
  ]
}
