import { useEventsStore } from '@/stores/events'
import { useJobsStore } from '@/stores/jobs'
import { useRatesStore } from '@/stores/rates'
import { useStatusStore } from '@/stores/status'
import { useToastsStore } from '@/stores/toasts'
import { useFormat } from './useFormat'
import { useQueryClient } from '@tanstack/vue-query'
import { watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'

/** What happens once for each tab: ask for jobs and status, open the socket, name the tab. */
export function useAppStart() {
  const { t } = useI18n()
  const format = useFormat()
  const queries = useQueryClient()
  const events = useEventsStore()
  const jobs = useJobsStore()
  const status = useStatusStore()
  const toasts = useToastsStore()

  jobs.listen()
  status.listen()
  useRatesStore() // hears from now on how fast jobs go
  events.onRenewed((isOtherInstance) => {
    // After a restart nothing that we remember is certain.
    void queries.invalidateQueries()
    if (isOtherInstance) toasts.show(t('shell.restarted'))
  })
  events.start()
  void jobs.load()
  watchEffect(() => {
    document.title = jobs.share === null ? 'Artkeep' : `${format.percent(jobs.share)} · Artkeep`
  })
}
