import type { NewJob } from '@/api/jobs'
import { readSettings } from '@/api/settings'
import type { TagScope, TagWay } from '@/api/tags'
import { useViewState } from '@/composables/useViewState'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

/** What is asked for: what has no tags, also what was asked for long ago, or everything. */
export const WHICH = ['untagged', 'older', 'again'] as const
export type Which = (typeof WHICH)[number]
export const WAYS = ['auto', 'key', 'page', 'read'] as const satisfies TagWay[]
const MOST_WORKERS = 20
const MOST_DAYS = 9999
const USUAL_DAYS = 90

/** Questions a second at most; 0: as the settings say. The site's own limit holds in any case. */
export const RATES = [0, 5, 2, 1, 0.5, 0.2, 0.1]

const oneOf = <T extends string>(known: readonly T[], value: unknown): T | undefined =>
  known.find((one) => one === value)
const within = (value: number, most: number) =>
  Math.min(most, Math.max(0, Math.floor(value) || 0))

/** Which artworks and how: in the URL as far as it differs from the settings. */
export function useTagOptions() {
  const url = useViewState({
    q: '',
    which: 'untagged' as string,
    days: USUAL_DAYS,
    method: '',
    rate: 0,
    workers: 0, // 0: as the settings say
    embed: false,
  })
  const settings = useQuery({ queryKey: ['settings'], queryFn: readSettings })
  const usualWay = computed(() => {
    const found = settings.data.value?.settings.find(({ name }) => name.endsWith('tags.method'))
    return oneOf(WAYS, found?.value) ?? 'auto'
  })

  const which = computed<Which>({
    get: () => oneOf(WHICH, url.which.value) ?? 'untagged',
    set: (next) => (url.which.value = next),
  })
  const days = computed({
    get: () => within(url.days.value, MOST_DAYS) || USUAL_DAYS,
    set: (next) => (url.days.value = within(next, MOST_DAYS) || USUAL_DAYS),
  })
  const chosenWay = computed(() => oneOf(WAYS, url.method.value))
  const way = computed<TagWay>({
    get: () => chosenWay.value ?? usualWay.value,
    set: (next) => (url.method.value = next === usualWay.value ? '' : next),
  })

  const rate = computed({
    get: () => RATES.find((one) => one === url.rate.value) ?? 0,
    set: (next) => (url.rate.value = next),
  })

  const scope = computed<TagScope>(() => ({
    q: url.q.value,
    ...(which.value === 'older' && { older_than: `${days.value}d` }),
    ...(which.value === 'again' && { again: true }),
  }))

  const job = computed<NewJob>(() => ({
    kind: 'tags',
    query: url.q.value,
    tags: {
      again: which.value === 'again',
      older_than: scope.value.older_than ?? null,
      method: chosenWay.value ?? null,
      rate: rate.value || null,
    },
    options: { concurrency: within(url.workers.value, MOST_WORKERS) || null },
    then: url.embed.value ? ['embed'] : [],
  }))

  return { url, which, days, way, chosenWay, rate, scope, job }
}
