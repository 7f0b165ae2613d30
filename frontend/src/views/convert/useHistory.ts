import {
  listConversions,
  undoConversion,
  type ConversionBatch,
  type LibraryStage,
} from '@/api/conversions'
import { useFormat } from '@/composables/useFormat'
import { usePages } from '@/composables/usePages'
import { isOpen, useJobsStore } from '@/stores/jobs'
import { useRemovalsStore } from '@/stores/removals'
import { useToastsStore } from '@/stores/toasts'
import { useQueryClient } from '@tanstack/vue-query'
import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

/** What was converted, read again whenever a job over the library ends; and taking it back. */
export function useHistory() {
  const jobs = useJobsStore()
  const toasts = useToastsStore()
  const removals = useRemovalsStore()
  const queries = useQueryClient()
  const format = useFormat()
  const { t } = useI18n()

  const pages = usePages(async (cursor) => {
    const page = await listConversions(cursor)
    return { items: page.batches, next_cursor: page.next_cursor }
  })
  void pages.loadMore()

  const mine = (kind: string): kind is LibraryStage => kind === 'convert' || kind === 'embed'
  const ended = computed(() =>
    jobs.newestFirst
      .filter((job) => (mine(job.kind) || job.then.length) && !isOpen(job))
      .map((job) => job.id)
      .join(),
  )
  watch(ended, () => {
    void pages.reload()
    void queries.invalidateQueries({ queryKey: ['scope'] })
  })

  /** Files that could not be taken back, by batch, as the last attempt said. */
  const stuck = reactive(new Map<number, number>())
  const busy = ref<number | null>(null)
  const trouble = shallowRef<{ id: number; error: unknown } | null>(null)
  /** Its job goes on: what is not whole cannot be taken back. */
  const isRunning = ({ job_id }: ConversionBatch) => {
    const job = job_id === null ? undefined : jobs.byId.get(job_id)
    return job !== undefined && isOpen(job)
  }

  async function undo({ id }: ConversionBatch): Promise<boolean> {
    busy.value = id
    trouble.value = null
    try {
      const done = await undoConversion(id)
      pages.items.value = pages.items.value.map((one) => (one.id === id ? done.batch : one))
      if (done.stuck) stuck.set(id, done.stuck)
      else stuck.delete(id)
      toasts.show(t('converter.history.undone', { n: format.number(done.files) }, done.files))
      removals.note() // the Database shows other files now
      for (const queryKey of [['artwork'], ['scope']])
        void queries.invalidateQueries({ queryKey })
      return true
    } catch (error) {
      trouble.value = { id, error }
      return false
    } finally {
      busy.value = null
    }
  }

  return { pages, stuck, busy, trouble, isRunning, undo }
}
