import type { Filters, Rating } from '@/api/browse'
import type { NewJob } from '@/api/jobs'
import { useViewState } from '@/composables/useViewState'
import { computed } from 'vue'

export const RATINGS = ['PG', 'PG-13', 'R', 'X', 'XXX'] as const satisfies Rating[]
export const SINCE = ['', '7d', '30d', '1y'] as const
export const MOST_WORKERS = 20

const KINDS = { '': [], image: ['image'], video: ['video', 'ugoira'] } as const

const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text)
export const isSize = (text: string) => /^[1-9]\d{0,5}([x×*][1-9]\d{0,5})?$/i.test(text)
const atLeastOne = (amount: number) => (amount > 0 ? Math.floor(amount) : null)
/** What does not say which cards are wanted. */
const HOW = ['max', 'permodel', 'workers', 'quality', 'then']
/** Stages that may follow a download, in their order. */
export const THEN = ['tags', 'embed', 'convert'] as const
const LISTS = ['rating', 'with', 'without', 'prompt', 'noprompt', 'then'] as const
const isList = (name: string): name is (typeof LISTS)[number] =>
  (LISTS as readonly string[]).includes(name)
const isSince = (text: string) => isDate(text) || (SINCE as readonly string[]).includes(text)

/** Which artworks, and how they are fetched: all of it in the URL, defaults left out. */
export function useOptions() {
  const url = useViewState({
    rating: [] as string[],
    type: '',
    since: '',
    until: '',
    size: '', // 1024, or 1920x1080
    with: [] as string[],
    without: [] as string[],
    prompt: [] as string[],
    noprompt: [] as string[],
    max: 0, // 0: all
    permodel: 0, // 0: all
    workers: 0, // 0: as the settings say
    quality: 'hd',
    then: [] as string[],
  })
  const type = computed<keyof typeof KINDS>(() =>
    Object.hasOwn(KINDS, url.type.value) ? (url.type.value as keyof typeof KINDS) : '',
  )
  const since = computed(() => (isSince(url.since.value) ? url.since.value : ''))

  const then = computed(() => THEN.filter((stage) => url.then.value.includes(stage)))

  const filters = computed<Filters>(() => ({
    ratings: RATINGS.filter((rating) => url.rating.value.includes(rating)),
    kinds: [...KINDS[type.value]],
    since: since.value,
    until: isDate(url.until.value) ? url.until.value : '',
    min_size: isSize(url.size.value) ? url.size.value : '',
    with_tags: url.with.value,
    without_tags: url.without.value,
    with_prompt: url.prompt.value,
    without_prompt: url.noprompt.value,
  }))

  /** What differs from the default, by its name in the URL. */
  const changed = computed(() =>
    (
      [
        ['rating', filters.value.ratings.length > 0],
        ['type', type.value !== ''],
        ['since', since.value !== ''],
        ['until', filters.value.until !== ''],
        ['size', filters.value.min_size !== ''],
        ['with', url.with.value.length > 0],
        ['without', url.without.value.length > 0],
        ['prompt', url.prompt.value.length > 0],
        ['noprompt', url.noprompt.value.length > 0],
        ['max', url.max.value > 0],
        ['permodel', url.permodel.value > 0],
        ['workers', url.workers.value > 0],
        ['quality', url.quality.value === 'sd'],
        ['then', then.value.length > 0],
      ] as const
    ).flatMap(([name, isChanged]) => (isChanged ? [name] : [])),
  )
  const isFiltered = computed(() => changed.value.some((name) => !HOW.includes(name)))

  const workers = computed(() => Math.min(MOST_WORKERS, Math.floor(url.workers.value)))
  const how = computed(() => ({
    concurrency: workers.value >= 1 ? workers.value : null,
    quality: url.quality.value === 'sd' ? ('sd' as const) : ('hd' as const),
  }))

  const jobOptions = computed<NonNullable<NewJob['options']>>(() => ({
    ...how.value,
    max_items: atLeastOne(url.max.value),
    max_per_model: atLeastOne(url.permodel.value),
    kinds: filters.value.kinds.length ? filters.value.kinds : null,
    ratings: filters.value.ratings.length ? filters.value.ratings : null,
    since: since.value || null,
    until: filters.value.until || null,
    min_size: filters.value.min_size || null,
    with_tags: filters.value.with_tags,
    without_tags: filters.value.without_tags,
    with_prompt: filters.value.with_prompt,
    without_prompt: filters.value.without_prompt,
  }))

  function toggleRating(rating: Rating) {
    const now = new Set<string>(filters.value.ratings)
    if (!now.delete(rating)) now.add(rating)
    // All five and none of them are the same: everything, also what nobody has rated.
    url.rating.value = RATINGS.filter((other) => now.has(other) && now.size < RATINGS.length)
  }

  function clear(name: (typeof changed.value)[number]) {
    if (isList(name)) url[name].value = []
    else if (name === 'max' || name === 'permodel' || name === 'workers') url[name].value = 0
    else url[name].value = name === 'quality' ? 'hd' : ''
  }
  const clearFilters = () => changed.value.forEach((name) => name !== 'workers' && clear(name))

  return {
    url,
    filters,
    how,
    then,
    jobOptions,
    changed,
    isFiltered,
    toggleRating,
    clear,
    clearFilters,
  }
}
