import type { ConvertOptions, LibraryStage } from '@/api/conversions'
import type { NewJob } from '@/api/jobs'
import { readSettings } from '@/api/settings'
import { useViewState } from '@/composables/useViewState'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

export const FORMATS = ['webp', 'avif'] as const
export const ORIGINALS = ['keep', 'trash', 'delete'] as const
export const PARTS = ['rating', 'model', 'author'] as const
export const MOST_WORKERS = 20
export const SIDES = [1024, 1536, 2048, 3072, 4096] as const
export type Format = (typeof FORMATS)[number]
export const FORMAT_NAMES: Record<Format, string> = { webp: 'WebP', avif: 'AVIF' }
export type Originals = (typeof ORIGINALS)[number]
export type Part = (typeof PARTS)[number]

const AS_LIES = 'as-it-lies' // no folders, where the settings would make some

const oneOf = <T extends string>(known: readonly T[], value: unknown): T | undefined =>
  known.find((one) => one === value)
const partsOf = (values: unknown): Part[] =>
  PARTS.filter((part) => Array.isArray(values) && values.includes(part))
const whole = (value: number, most: number) =>
  Math.min(most, Math.max(1, Math.round(value) || 1))

/** Names that the server takes for one folder. */
export const isFolderName = (name: string) =>
  /^[^/\\:*?"<>|.][^/\\:*?"<>|]*$/.test(name.trim()) && name.trim().length <= 100

/**
 * What to work on and how: in the URL as far as it differs from the settings, so that changed
 * settings count at once.
 */
export function useConvertOptions() {
  const url = useViewState({
    for: 'convert',
    q: '',
    format: '',
    quality: 0, // 0: as the settings say
    lossless: '', // '', yes, no
    originals: '',
    folder: '',
    organise: [] as string[],
    depth: false,
    own: false,
    side: 0, // 0: as large as it is
    workers: 0,
    read: false, // what files say of their making, before writing into them
  })
  const settings = useQuery({ queryKey: ['settings'], queryFn: readSettings })
  const setting = (name: string) =>
    settings.data.value?.settings.find((one) => one.name === name)?.value
  const usual = computed(() => ({
    format: oneOf(FORMATS, setting('convert.format')) ?? 'webp',
    quality: Number(setting('convert.quality') ?? 85),
    lossless: setting('convert.lossless') === true,
    originals: oneOf(ORIGINALS, setting('convert.originals')) ?? 'keep',
    folder: String(setting('convert.folder') ?? 'Converted'),
    organise: partsOf(setting('convert.organise')),
    trashDays: Number(setting('disk.trash_days') ?? 7),
  }))

  const stage = computed<LibraryStage>({
    get: () => (url.for.value === 'embed' ? 'embed' : 'convert'),
    set: (next) => (url.for.value = next),
  })
  const format = computed<Format>({
    get: () => oneOf(FORMATS, url.format.value) ?? usual.value.format,
    set: (next) => (url.format.value = next === usual.value.format ? '' : next),
  })
  const quality = computed({
    get: () => (url.quality.value ? whole(url.quality.value, 100) : usual.value.quality),
    set: (next) => (url.quality.value = next === usual.value.quality ? 0 : next),
  })
  const canBeLossless = computed(() => format.value === 'webp')
  const isLossless = computed({
    get: () =>
      canBeLossless.value &&
      (url.lossless.value ? url.lossless.value === 'yes' : usual.value.lossless),
    set: (next) =>
      (url.lossless.value = next === usual.value.lossless ? '' : next ? 'yes' : 'no'),
  })
  const originals = computed<Originals>({
    get: () => oneOf(ORIGINALS, url.originals.value) ?? usual.value.originals,
    set: (next) => (url.originals.value = next === usual.value.originals ? '' : next),
  })
  const folder = computed({
    get: () => url.folder.value || usual.value.folder,
    set: (next) => (url.folder.value = next === usual.value.folder ? '' : next),
  })
  const isFolderOdd = computed(
    () =>
      stage.value === 'convert' && originals.value === 'keep' && !isFolderName(folder.value),
  )
  const organise = computed<Part[]>({
    get: () =>
      url.organise.value.length ? partsOf(url.organise.value) : [...usual.value.organise],
    set: (next) => {
      const wanted = partsOf(next)
      const isUsual = wanted.join() === usual.value.organise.join()
      url.organise.value = isUsual ? [] : wanted.length ? wanted : [AS_LIES]
    },
  })
  const workers = computed(() =>
    url.workers.value ? whole(url.workers.value, MOST_WORKERS) : 0,
  )

  const convert = computed<ConvertOptions>(() => ({
    format: format.value,
    quality: isLossless.value ? null : quality.value,
    lossless: isLossless.value,
    may_reduce_depth: url.depth.value,
    originals: originals.value,
    ...(url.side.value && { max_side: url.side.value }),
    ...(originals.value !== 'keep' && url.own.value && { may_replace_own: true }),
    ...(originals.value === 'keep' && {
      folder: folder.value.trim(),
      organise: organise.value,
    }),
  }))

  /** What to start. */
  const job = computed<NewJob>(() => ({
    kind: stage.value,
    query: url.q.value,
    options: { concurrency: workers.value || null },
    ...(stage.value === 'convert' && { convert: convert.value }),
    ...(stage.value === 'embed' && url.read.value && { embed: { from_files: true } }),
  }))

  return {
    url,
    usual,
    stage,
    format,
    quality,
    canBeLossless,
    isLossless,
    originals,
    folder,
    isFolderOdd,
    organise,
    workers,
    convert,
    job,
  }
}

/** What the parts of the view are given. */
export type ConvertChoice = ReturnType<typeof useConvertOptions>
