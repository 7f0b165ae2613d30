import type { BrowseCard } from '@/api/browse'
import type { Job, NewJob } from '@/api/jobs'
import { useJobsStore } from '@/stores/jobs'
import { useTargetsStore } from '@/stores/targets'
import { useToastsStore } from '@/stores/toasts'
import { useQueryClient } from '@tanstack/vue-query'
import { ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

const MOST_PICKS = 5000

/** Starting downloads; what goes wrong stays here until it is tried again. */
export function useStart() {
  const jobs = useJobsStore()
  const targets = useTargetsStore()
  const toasts = useToastsStore()
  const queries = useQueryClient()
  const { t } = useI18n()
  const isStarting = ref(false)
  const trouble = shallowRef<{ error: unknown; again: () => void } | null>(null)

  async function start(
    body: Omit<NewJob, 'kind'>,
    after: (job: Job) => Promise<void> = async () => undefined,
  ): Promise<Job | null> {
    isStarting.value = true
    trouble.value = null
    try {
      const job = await jobs.start({ kind: 'download', ...body })
      await after(job)
      void queries.invalidateQueries({ queryKey: ['targets'] })
      return job
    } catch (error) {
      trouble.value = { error, again: () => void start(body, after) }
      return null
    } finally {
      isStarting.value = false
    }
  }

  const startAll = (targets: string[], options: NewJob['options'], then: string[]) =>
    start({ targets, picks: [], options, then })

  const watchAll = (keys: string[], options: NewJob['options'], then: string[]) =>
    start({ targets: keys, picks: [], options, then }, async (job) => {
      for (const { id } of job.targets) await targets.watch(id, true)
      toasts.show(t('targets.watching'))
    })

  const startPicks = (
    target: string,
    cards: BrowseCard[],
    options: NewJob['options'],
    then: string[],
  ) =>
    start({
      targets: [target],
      picks: cards.slice(0, MOST_PICKS).map(({ site, site_id }) => ({ site, site_id })),
      options,
      then,
    })

  return { isStarting, trouble, startAll, watchAll, startPicks }
}
