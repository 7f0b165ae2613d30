import { listMoves, undoMove, type MoveBatch } from '@/api/layouts'
import { usePages } from '@/composables/usePages'
import { useShownJobs } from '@/views/browse/useShownJobs'
import { isOpen, useJobsStore } from '@/stores/jobs'
import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch } from 'vue'

/** Moving what is there to a layout and back; what was moved is read again when a move ends. */
export function useMoves() {
  const jobs = useJobsStore()
  const queries = useQueryClient()
  const pages = usePages(async (cursor) => {
    const page = await listMoves(cursor)
    return { items: page.batches, next_cursor: page.next_cursor }
  })
  void pages.loadMore()

  const mine = computed(() => jobs.newestFirst.filter((job) => job.kind === 'move'))
  const ended = computed(() =>
    mine.value
      .filter((job) => !isOpen(job))
      .map((job) => job.id)
      .join(),
  )
  watch(ended, () => {
    void pages.reload()
    for (const queryKey of [['layout'], ['artwork']])
      void queries.invalidateQueries({ queryKey })
  })

  const { shown, dismiss } = useShownJobs(['move'], 'artkeep.move.dismissed', 1)
  const isBusy = ref(false)
  const trouble = shallowRef<unknown>(null)

  async function attempt(begin: () => Promise<unknown>): Promise<boolean> {
    isBusy.value = true
    trouble.value = null
    try {
      await begin()
      return true
    } catch (error) {
      trouble.value = error
      return false
    } finally {
      isBusy.value = false
    }
  }
  const start = (layout: string) =>
    attempt(() => jobs.start({ kind: 'move', options: { layout } }))
  const undo = (batch: MoveBatch) => attempt(async () => jobs.put(await undoMove(batch.id)))
  /** What is not whole cannot be moved back. */
  const isRunning = ({ job_id }: MoveBatch) => {
    const job = job_id === null ? undefined : jobs.byId.get(job_id)
    return job !== undefined && isOpen(job)
  }

  return { pages, shown, dismiss, isBusy, trouble, start, undo, isRunning }
}
