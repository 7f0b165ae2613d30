import type { Job } from '@/api/jobs'
import type { RouteLocationRaw } from 'vue-router'

/** Where a job's artworks are in the database; null while there is nothing to show. */
export function keptRoute({
  kind,
  options,
  done,
  have,
  targets,
}: Job): RouteLocationRaw | null {
  if ((!done && !have) || kind === 'adopt') return null
  if (kind === 'export') return { name: 'database', query: { q: String(options.query) } }
  // `tags:` is how many an artwork has.
  const field = kind === 'tags' ? 'tagging' : kind
  if (kind !== 'download') return { name: 'database', query: { q: `${field}:done` } }
  const names = targets.map(({ value }) => `"${value.replace(/["\\]/g, '\\$&')}"`)
  return { name: 'database', query: { q: `target:${names.slice(0, 20).join(',')}` } }
}
