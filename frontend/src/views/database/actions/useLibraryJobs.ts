import type { ArtworkCard } from '@/api/artworks'
import type { NewJob } from '@/api/jobs'
import type { TrainingExport } from '@/api/library'
import { readSites } from '@/api/system'
import { useViewState } from '@/composables/useViewState'
import { useJobsStore } from '@/stores/jobs'
import { usePrefsStore } from '@/stores/prefs'
import { useToastsStore } from '@/stores/toasts'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { useAttempt } from './useAttempt'

const MOST_LINKS = 1000 // targets of a job

/** Jobs over artworks that are here: fetched again, tagged, embedded, converted, trained on. */
export function useLibraryJobs({ attempt }: ReturnType<typeof useAttempt>) {
  const { t } = useI18n()
  const jobs = useJobsStore()
  const toasts = useToastsStore()
  const prefs = usePrefsStore()
  const drawer = useViewState({ job: 0 }).job
  const router = useRouter()

  // What came by import only has no site that could be asked for it again.
  const sites = useQuery({ queryKey: ['sites'], queryFn: readSites })
  const askable = computed(
    () =>
      new Set(
        sites.data.value?.sites
          .filter(({ kinds }) => kinds.includes('image'))
          .map(({ name }) => name),
      ),
  )
  const canFetch = (cards: readonly ArtworkCard[]) =>
    cards.length > 0 &&
    cards.length <= MOST_LINKS &&
    cards.every(({ site }) => askable.value.has(site))

  function look(id: number) {
    drawer.value = id
    prefs.isDrawerOpen = true
  }
  const start = (job: NewJob, words: string) =>
    attempt(async () => {
      const { id } = await jobs.start(job)
      toasts.show(words, { label: t('database.actions.showJob'), run: () => look(id) })
    })
  const fetchAgain = (cards: readonly ArtworkCard[]) =>
    start({ targets: cards.map(({ page_url }) => page_url) }, t('database.details.started'))
  const scrape = (query: string) =>
    start({ kind: 'tags', query }, t('database.actions.tagsStarted'))
  const embed = (query: string) =>
    start({ kind: 'embed', query }, t('database.actions.embedStarted'))
  const makeSet = (query: string, set: TrainingExport) =>
    start({ kind: 'export', query, export: set }, t('database.training.started'))
  /** Formats are chosen where the converter is. */
  const convert = (query: string) => router.push({ name: 'convert', query: { q: query } })

  return { canFetch, fetchAgain, scrape, embed, makeSet, convert }
}
