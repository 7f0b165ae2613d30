import type { Job } from '@/api/jobs'
import type { RouteLocationRaw } from 'vue-router'

/** Where a job's artworks are in the database; null while there is nothing to show. */
export function keptRoute({ done, have, targets }: Job): RouteLocationRaw | null {
  if (!done && !have) return null
  const names = targets.map(({ value }) => `"${value.replace(/["\\]/g, '\\$&')}"`)
  return { name: 'database', query: { q: `target:${names.slice(0, 20).join(',')}` } }
}
