import type { Job } from '@/api/jobs'
import { settledShare } from '@/stores/jobs'
import {
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  metaHelper,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
} from '@tanstack/vue-table'

export const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
  columnMeta: metaHelper<{ isNumber?: boolean }>(),
})

const time = (at: string | null) => (at === null ? undefined : Date.parse(at))
/** What stands still has no speed, and nothing to wait for. */
const whileRunning = (job: Job, value: number | null) =>
  job.state === 'running' ? (value ?? undefined) : undefined

const helper = createColumnHelper<typeof features, Job>()
const isNumber = { isNumber: true }

/** What the list of jobs shows; what a job has no value for comes last, however it is sorted. */
export const columns = helper.columns([
  helper.accessor((job) => job.title.toLowerCase(), {
    id: 'title',
    enableHiding: false,
    sortDescFirst: false,
  }),
  helper.accessor((job) => settledShare(job) ?? undefined, { id: 'progress' }),
  helper.accessor('failed', { id: 'failed', meta: isNumber }),
  helper.accessor('bytes', { id: 'bytes', meta: isNumber }),
  helper.accessor((job) => whileRunning(job, job.bytes_per_s), { id: 'speed', meta: isNumber }),
  helper.accessor((job) => whileRunning(job, job.eta_s), { id: 'left', meta: isNumber }),
  helper.accessor((job) => time(job.started_at ?? job.created_at), { id: 'started' }),
  helper.accessor((job) => time(job.ended_at), { id: 'ended' }),
  helper.accessor((job) => job.owner_port ?? undefined, { id: 'instance', meta: isNumber }),
])

export const CHOICES = columns.flatMap(({ id }) => (id && id !== 'title' ? [id] : []))
