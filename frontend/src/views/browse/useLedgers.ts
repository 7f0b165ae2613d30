import type { Browsed } from '@/api/browse'
import type { Schemas } from '@/api/client'
import { listTargets } from '@/api/targets'
import { useJobsStore } from '@/stores/jobs'
import { useTargetsStore } from '@/stores/targets'
import { useQuery } from '@tanstack/vue-query'
import { computed, watch, type Ref } from 'vue'

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
  line: TargetLine | null // all that the server tells of it, once it was asked for
}

/** Names differ by case only. */
const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

/** The ledger of each target: what was told of it last, then the preview. */
export function useLedgers(
  head: Ref<Browsed | null>,
  claims: Ref<Pick<Browsed, 'site_claims' | 'unreachable'> | null>,
) {
  const jobs = useJobsStore()
  const targets = useTargetsStore()
  const saved = useQuery({
    queryKey: ['targets', 'newest'],
    queryFn: async () => {
      const page = await listTargets()
      targets.put(...page.targets)
      return page
    },
  })
  const recent = computed(() => saved.data.value?.targets ?? [])

  function lineOf(key: string): TargetLine | undefined {
    const ofJobs = (among: typeof jobs.open) =>
      among.flatMap((job) => job.targets).find((target) => same(target.key, key))
    const found = ofJobs(jobs.open)
    const told = found ? targets.byId.get(found.id) : targets.ofKey((other) => same(other, key))
    return told ?? found ?? ofJobs(jobs.newestFirst)
  }

  // One that was asked for long ago is in no list that is here.
  watch(head, (seen) => {
    const id = seen?.target_id
    if (id && !targets.byId.has(id)) targets.refresh(id).catch(() => undefined)
  })

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
      line: line ?? null,
    }
  }

  return { ledgerOf, recent, hasLoaded: computed(() => saved.isFetched.value) }
}
