import { restoreArtworks } from '@/api/artworks'
import {
  decideDuplicates,
  findDuplicates,
  listDuplicates,
  type DuplicateGroup,
  type KeepRule,
} from '@/api/library'
import { usePages } from '@/composables/usePages'
import { useFormat } from '@/composables/useFormat'
import { useEventsStore } from '@/stores/events'
import { useJobsStore } from '@/stores/jobs'
import { useRemovalsStore } from '@/stores/removals'
import { useToastsStore } from '@/stores/toasts'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

const PAGE = 20
const ENDED = ['completed', 'incomplete', 'failed', 'stopped']

/** Groups of artworks that look the same, looking for them, and deciding what stays. */
export function useDuplicates(query: () => string) {
  const { t } = useI18n()
  const format = useFormat()
  const jobs = useJobsStore()
  const toasts = useToastsStore()
  const removals = useRemovalsStore()
  const rule = ref<KeepRule>('largest')
  const total = ref(0)
  const foundAt = ref<string | null>(null)
  const distance = ref(4) // bits
  const jobId = ref<number | null>(null)
  const problem = shallowRef<unknown>(null)
  const busy = ref<readonly number[]>([]) // groups that are being decided

  const pages = usePages<DuplicateGroup>(async (cursor) => {
    const page = await listDuplicates(rule.value, cursor, PAGE)
    if (cursor === null) {
      total.value = page.total
      foundAt.value = page.found_at
    }
    return { items: page.groups, next_cursor: page.next_cursor }
  })
  void pages.loadMore()
  watch(rule, () => void pages.reload())

  const job = computed(() => (jobId.value === null ? null : jobs.byId.get(jobId.value)))
  const isLooking = computed(
    () => jobId.value !== null && !(job.value && ENDED.includes(job.value.state)),
  )
  const ended = computed(() => (isLooking.value ? null : jobId.value))
  watch(ended, async (id) => {
    if (id === null) return
    await pages.reload()
    foundAt.value ??= new Date().toISOString() // looked, and found none
  })
  onScopeDispose(useEventsStore().onRenewed(() => void pages.reload()))

  async function find() {
    problem.value = null
    try {
      jobId.value = (await findDuplicates(query(), distance.value)).job_id
    } catch (error) {
      problem.value = error
    }
  }

  type Decision = Omit<Parameters<typeof decideDuplicates>[0], 'groups'>
  async function decide(groups: readonly DuplicateGroup[], decision: Decision) {
    const ids = groups.map(({ id }) => id)
    busy.value = ids
    problem.value = null
    try {
      const answer = await decideDuplicates({ groups: ids, ...decision })
      tell(answer.removed, answer.batches)
      pages.items.value = pages.items.value.filter(({ id }) => !ids.includes(id))
      total.value = Math.max(0, total.value - ids.length)
      if (answer.removed) removals.note()
      if (!pages.items.value.length && pages.hasMore.value) await pages.reload()
    } catch (error) {
      problem.value = error
    } finally {
      busy.value = []
    }
  }

  function tell(removed: number, batches: number[]) {
    if (!removed) return toasts.show(t('database.duplicates.keptAll'))
    const words = t('database.removal.removed', { n: format.number(removed) }, removed)
    const undo = { label: t('database.removal.undo'), run: () => void restore(batches) }
    toasts.show(words, undo)
  }
  async function restore(batches: number[]) {
    try {
      const { restored } = await restoreArtworks({ batches })
      toasts.show(t('database.removal.restored', { n: format.number(restored) }, restored))
      removals.note()
      await pages.reload()
    } catch {
      toasts.show(t('database.removal.undoFailed'))
    }
  }

  return { pages, rule, total, foundAt, distance, job, isLooking, problem, busy, find, decide }
}
