import type { Job } from '@/api/jobs'
import { isOpen, useJobsStore } from '@/stores/jobs'
import { computed, ref, watch } from 'vue'

function stored(key: string): number[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(found) ? found.filter((id) => typeof id === 'number') : []
  } catch {
    return [] // storage is off, or not ours
  }
}

/**
 * Jobs of these kinds under the form: all that go on, and the last that ended until somebody puts
 * them away.
 */
export function useShownJobs(
  kinds: readonly string[] = ['download'],
  key = 'artkeep.browse.dismissed', // in the browser's storage
  mostEnded = 3,
) {
  const jobs = useJobsStore()
  const dismissed = ref(new Set(stored(key)))
  watch(
    dismissed,
    (ids) => {
      try {
        localStorage.setItem(key, JSON.stringify([...ids].slice(-200)))
      } catch {
        // Storage is off: it lasts as long as the page.
      }
    },
    { deep: true },
  )

  const shown = computed(() => {
    const mine = jobs.newestFirst.filter((job) => kinds.includes(job.kind))
    const ended = mine.filter((job) => !isOpen(job) && !dismissed.value.has(job.id))
    const keep = new Set(ended.slice(0, mostEnded))
    return mine.filter((job) => isOpen(job) || keep.has(job))
  })

  return { shown, dismiss: (job: Job) => dismissed.value.add(job.id) }
}
