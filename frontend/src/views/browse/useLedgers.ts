import type { Browsed } from '@/api/browse'
import type { Schemas } from '@/api/client'
import { listTargets } from '@/api/targets'
import { useJobsStore } from '@/stores/jobs'
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

type TargetLine = Schemas['TargetLine']
type Counts = Pick<
  TargetLine,
  'listed' | 'have' | 'new' | 'skipped' | 'failed' | 'gone' | 'gaps'
>

/** What is known of a target, from wherever it is known best. */
export interface Ledger {
  title: string | null // as its site spells it
  targetId: number | null
  counts: Counts | null // null: it was never asked for
  claims: number | null // how many there are, as the site says
  unreachable: string[]
}

/** Names differ by case only. */
const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

/** The ledger of each target: running jobs know it best, then the preview, then the database. */
export function useLedgers(
  head: Ref<Browsed | null>,
  claims: Ref<Pick<Browsed, 'site_claims' | 'unreachable'> | null>,
) {
  const jobs = useJobsStore()
  const saved = useQuery({ queryKey: ['targets', 'newest'], queryFn: () => listTargets() })
  const recent = computed(() => saved.data.value?.targets ?? [])

  function lineOf(key: string): TargetLine | undefined {
    for (const job of [...jobs.open, ...jobs.newestFirst]) {
      const found = job.targets.find((target) => same(target.key, key))
      if (found) return found
    }
    return recent.value.find((target) => same(target.key, key))
  }

  function ledgerOf(key: string): Ledger | null {
    const line = lineOf(key)
    const seen = head.value && same(head.value.target.key, key) ? head.value : null
    if (!line && !seen) return null
    const wasAsked = line ?? (seen?.target_id ? seen.ledger : null)
    return {
      title: line?.title ?? seen?.target.title ?? null,
      targetId: line?.id ?? seen?.target_id ?? null,
      counts: wasAsked,
      claims: (seen && claims.value?.site_claims) ?? line?.site_claims ?? null,
      unreachable: (seen && claims.value?.unreachable) ?? line?.unreachable ?? [],
    }
  }

  return { ledgerOf, recent, hasLoaded: computed(() => saved.isFetched.value) }
}
