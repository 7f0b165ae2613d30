import type { Target } from '@/api/targets'
import { readSites } from '@/api/system'
import { judge } from '@/components/job/verdict'
import { useJobsStore } from '@/stores/jobs'
import { useTargetsStore } from '@/stores/targets'
import { useToastsStore } from '@/stores/toasts'
import { filtersOf } from '@/views/database/targets/filters'
import { useQuery } from '@tanstack/vue-query'
import { ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

/** What can be done about a target: the one thing that mends it, and watching it. */
export function useTargetActions() {
  const { t } = useI18n()
  const jobs = useJobsStore()
  const targets = useTargetsStore()
  const toasts = useToastsStore()
  const sites = useQuery({ queryKey: ['sites'], queryFn: readSites, staleTime: Infinity })
  const busy = ref<number | null>(null)
  const trouble = shallowRef<{ id: number; error: unknown; again: () => void } | null>(null)

  async function attempt(id: number, ask: () => Promise<unknown>) {
    busy.value = id
    trouble.value = null
    try {
      await ask()
    } catch (error) {
      trouble.value = { id, error, again: () => void attempt(id, ask) }
    } finally {
      busy.value = null
    }
  }

  const judged = (target: Target) => judge(target, jobs.newestFirst)

  async function mendNow(target: Target) {
    const { mend, job } = judged(target)
    if (mend === 'resume' && job) return jobs.command(job.id, 'resume')
    if (mend === 'retry' && job) return jobs.retry(job.id)
    const { title } = await jobs.start({ targets: [target.key], options: filtersOf(target) })
    toasts.show(t('targets.started', { title }))
  }

  function lacksKey({ site }: Target): boolean {
    const found = sites.data.value?.sites.find(({ name }) => name === site)
    return found !== undefined && found.can_use_key && !found.has_key
  }

  return {
    judged,
    lacksKey,
    busy,
    trouble,
    mend: (target: Target) => attempt(target.id, () => mendNow(target)),
    watch: (target: Target, isWatched: boolean) =>
      attempt(target.id, () => targets.watch(target.id, isWatched)),
  }
}
