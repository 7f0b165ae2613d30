import type { Job } from '@/api/jobs'
import type { TagMethodState, TagOverview } from '@/api/tags'

/** How artworks stand: has tags and keeps them, has tags and is asked again, waits, failed. */
export const STANDINGS = ['done', 'again', 'waiting', 'failed'] as const
export type Standing = (typeof STANDINGS)[number]

export interface StandingPart {
  name: Standing
  amount: number
  share: number // 0–1 of all artworks
}

/** Parts of a stacked bar, in the order of `STANDINGS`; those that are empty are left out. */
export function standingParts(overview: TagOverview): StandingPart[] {
  const { artworks, due, none, queued, done, failed } = overview
  const waiting = none + queued
  // Beyond what waits and what failed, only what has its tags can be due.
  const again = Math.min(done, Math.max(0, due - waiting - failed))
  const amounts: Record<Standing, number> = { done: done - again, again, waiting, failed }
  return STANDINGS.map((name) => ({
    name,
    amount: amounts[name],
    share: artworks ? amounts[name] / artworks : 0,
  })).filter((part) => part.amount > 0)
}

/** How far the needle of a gauge stands, 0–1; null where there is no limit. */
export function gaugeShare(rate: number | null, normal: number | null): number | null {
  if (rate === null || normal === null || normal <= 0) return null
  return Math.min(1, Math.max(0, rate / normal))
}

/** Artworks a second that a limit lets through; reading pages gives one at a time. */
export const artworksPerS = (rate: number, batch: number, method: string) =>
  method === 'read' ? rate : rate * batch

/** Artworks that a job has fetched tags of, also one that does so behind something else. */
export const tagsDone = (job: Pick<Job, 'kind' | 'done' | 'stages'>) =>
  job.kind === 'tags' ? job.done : (job.stages.tags?.done ?? 0)

/** How logging in stands, in one word: what is going on comes before what was once seen. */
export function loginOf({ login, has_cookie }: Pick<TagMethodState, 'login' | 'has_cookie'>) {
  const { phase, logged_in_at } = login
  if (phase === 'open' || phase === 'failed' || phase === 'closed') return phase
  if (phase === 'done' || logged_in_at) return 'done'
  return has_cookie ? 'cookie' : 'none'
}
