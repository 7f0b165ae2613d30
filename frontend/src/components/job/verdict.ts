import type { Job } from '@/api/jobs'
import type { Target } from '@/api/targets'

export type Mend = 'download' | 'resume' | 'again' | 'retry' | 'check'

/** How a target stands and the one thing to press; `job` is what is resumed or retried. */
export interface Judged {
  state: Target['verdict'] | 'working'
  mend: Mend | null
  job: Job | null
}

const MENDS: Record<Target['verdict'], Mend> = {
  never_listed: 'download',
  listing: 'resume',
  gaps: 'again',
  failed: 'retry',
  waiting: 'download',
  limited: 'check',
  complete: 'check',
}

/** Judge a target by its ledger and by the jobs that are about it, the newest first. */
export function judge(target: Target, newestFirst: readonly Job[]): Judged {
  const mine = newestFirst.filter((job) => job.targets.some(({ id }) => id === target.id))
  if (mine.some(({ state }) => state === 'running' || state === 'queued'))
    return { state: 'working', mend: null, job: null }
  const { verdict } = target
  const held = mine.find(({ state }) => state === 'paused' || state === 'interrupted')
  if (held && verdict !== 'complete' && verdict !== 'limited')
    return {
      state: verdict === 'never_listed' ? 'listing' : verdict,
      mend: 'resume',
      job: held,
    }
  const failed =
    verdict === 'failed'
      ? mine.find(({ failures }) => failures.some((one) => one.can_retry))
      : null
  return { state: verdict, mend: MENDS[verdict], job: failed ?? null }
}
