import type { Job } from '@/api/jobs'
import { isOpen, useJobsStore } from '@/stores/jobs'
import { computed, ref, watch } from 'vue'

const KEY = 'artkeep.browse.dismissed'
const MOST_ENDED = 3

function stored(): number[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? found.filter((id) => typeof id === 'number') : []
  } catch {
    return [] // storage is off, or not ours
  }
}

/** Jobs under the form: all that go on, and the last that ended until somebody puts them away. */
export function useShownJobs() {
  const jobs = useJobsStore()
  const dismissed = ref(new Set(stored()))
  watch(
    dismissed,
    (ids) => {
      try {
        localStorage.setItem(KEY, JSON.stringify([...ids].slice(-200)))
      } catch {
        // Storage is off: it lasts as long as the page.
      }
    },
    { deep: true },
  )

  const shown = computed(() => {
    const downloads = jobs.newestFirst.filter((job) => job.kind === 'download')
    const ended = downloads.filter((job) => !isOpen(job) && !dismissed.value.has(job.id))
    const keep = new Set(ended.slice(0, MOST_ENDED))
    return downloads.filter((job) => isOpen(job) || keep.has(job))
  })

  return { shown, dismiss: (job: Job) => dismissed.value.add(job.id) }
}
