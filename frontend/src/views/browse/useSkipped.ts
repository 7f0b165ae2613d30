import { useJobsStore } from '@/stores/jobs'
import { useToastsStore } from '@/stores/toasts'
import { useQueryClient } from '@tanstack/vue-query'
import { ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

/** Having what a target left out after all: a download that lists nothing. */
export function useSkipped() {
  const jobs = useJobsStore()
  const toasts = useToastsStore()
  const queries = useQueryClient()
  const { t } = useI18n()
  const isStarting = ref(false)
  const problem = shallowRef<unknown>(null)

  async function get(targetId: number) {
    isStarting.value = true
    problem.value = null
    try {
      await jobs.start({ skipped_of: targetId })
      toasts.show(t('jobs.ledger.getting'))
      for (const queryKey of [['ledger', targetId], ['targets']])
        void queries.invalidateQueries({ queryKey })
    } catch (error) {
      problem.value = error
    } finally {
      isStarting.value = false
    }
  }

  return { isStarting, problem, get }
}
