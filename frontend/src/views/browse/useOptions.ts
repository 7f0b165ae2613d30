import type { Filters, Rating } from '@/api/browse'
import type { NewJob } from '@/api/jobs'
import { useViewState } from '@/composables/useViewState'
import { computed } from 'vue'

export const RATINGS = ['PG', 'PG-13', 'R', 'X', 'XXX'] as const satisfies Rating[]
export const SINCE = ['', '7d', '30d', '1y'] as const
export const MOST_WORKERS = 20

const KINDS = { '': [], image: ['image'], video: ['video', 'ugoira'] } as const

const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text)
const isSince = (text: string) => isDate(text) || (SINCE as readonly string[]).includes(text)

/** Which artworks, and how they are fetched: all of it in the URL, defaults left out. */
export function useOptions() {
  const url = useViewState({
    rating: [] as string[],
    type: '',
    since: '',
    with: [] as string[],
    without: [] as string[],
    max: 0, // 0: all
    workers: 0, // 0: as the settings say
    quality: 'hd',
  })
  const type = computed<keyof typeof KINDS>(() =>
    Object.hasOwn(KINDS, url.type.value) ? (url.type.value as keyof typeof KINDS) : '',
  )
  const since = computed(() => (isSince(url.since.value) ? url.since.value : ''))

  const filters = computed<Filters>(() => ({
    ratings: RATINGS.filter((rating) => url.rating.value.includes(rating)),
    kinds: [...KINDS[type.value]],
    since: since.value,
    with_tags: url.with.value,
    without_tags: url.without.value,
  }))

  /** What differs from the default, by its name in the URL. */
  const changed = computed(() =>
    (
      [
        ['rating', filters.value.ratings.length > 0],
        ['type', type.value !== ''],
        ['since', since.value !== ''],
        ['with', url.with.value.length > 0],
        ['without', url.without.value.length > 0],
        ['max', url.max.value > 0],
        ['workers', url.workers.value > 0],
        ['quality', url.quality.value === 'sd'],
      ] as const
    ).flatMap(([name, isChanged]) => (isChanged ? [name] : [])),
  )
  const isFiltered = computed(() =>
    changed.value.some((name) => !['max', 'workers', 'quality'].includes(name)),
  )

  const workers = computed(() => Math.min(MOST_WORKERS, Math.floor(url.workers.value)))
  const how = computed(() => ({
    concurrency: workers.value >= 1 ? workers.value : null,
    quality: url.quality.value === 'sd' ? ('sd' as const) : ('hd' as const),
  }))

  const jobOptions = computed<NonNullable<NewJob['options']>>(() => ({
    ...how.value,
    max_items: url.max.value > 0 ? Math.floor(url.max.value) : null,
    kinds: filters.value.kinds.length ? filters.value.kinds : null,
    ratings: filters.value.ratings.length ? filters.value.ratings : null,
    since: since.value || null,
    with_tags: filters.value.with_tags,
    without_tags: filters.value.without_tags,
  }))

  function toggleRating(rating: Rating) {
    const now = new Set<string>(filters.value.ratings)
    if (!now.delete(rating)) now.add(rating)
    // All five and none of them are the same: everything, also what nobody has rated.
    url.rating.value = RATINGS.filter((other) => now.has(other) && now.size < RATINGS.length)
  }

  function clear(name: (typeof changed.value)[number]) {
    if (name === 'rating' || name === 'with' || name === 'without') url[name].value = []
    else if (name === 'max' || name === 'workers') url[name].value = 0
    else url[name].value = name === 'quality' ? 'hd' : ''
  }
  const clearFilters = () => changed.value.forEach((name) => name !== 'workers' && clear(name))

  return {
    url,
    filters,
    how,
    jobOptions,
    changed,
    isFiltered,
    toggleRating,
    clear,
    clearFilters,
  }
}
