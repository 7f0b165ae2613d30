import type { Job } from '@/api/jobs'
import type { Status } from '@/api/system'
import type { Ledger } from './useLedgers'

const ENOUGH = 20 // artworks, before an average says something

export interface Estimate {
  bytes: number
  seconds: number | null // null: nothing was fetched lately that would tell
}

/** How many artworks of a target are still to be fetched, as far as anybody knows. */
export function amountLeft(ledger: Ledger): number | null {
  if (ledger.counts?.listed) return ledger.counts.new
  return ledger.claims
}

/** Artworks a second, of the newest job that fetched enough to tell. */
function pace(jobs: readonly Job[]): number | null {
  for (const job of jobs) {
    if (job.state === 'running' && job.items_per_s > 0) return job.items_per_s
    if (job.done < ENOUGH || !job.started_at || !job.ended_at) continue
    const seconds = (Date.parse(job.ended_at) - Date.parse(job.started_at)) / 1000
    if (seconds > 0) return job.done / seconds
  }
  return null
}

/** What fetching the rest would take, going by what is here already; null when nothing tells. */
export function estimate(
  ledger: Ledger,
  status: Pick<Status, 'bytes' | 'downloaded'> | null,
  newestJobs: readonly Job[],
): Estimate | null {
  const left = amountLeft(ledger)
  if (!left || !status || status.downloaded < ENOUGH) return null
  const perSecond = pace(newestJobs)
  return {
    bytes: (status.bytes / status.downloaded) * left,
    seconds: perSecond && left / perSecond,
  }
}
