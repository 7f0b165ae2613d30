import { ApiError } from '@/api/client'
import * as api from '@/api/jobs'
import type { Job, JobCommand, NewJob, RetryJob } from '@/api/jobs'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { useEventsStore } from './events'

/** What kinds of jobs there are to somebody who looks for one. Those on hold wait for Resume. */
export const GROUPS = ['active', 'queued', 'held', 'troubled', 'ended'] as const
export type JobGroup = (typeof GROUPS)[number]

const GROUP_OF: Record<Job['state'], JobGroup> = {
  running: 'active',
  queued: 'queued',
  paused: 'held',
  interrupted: 'held',
  failed: 'troubled',
  incomplete: 'troubled',
  completed: 'ended',
  stopped: 'ended',
}
export const groupOf = (job: Job) => GROUP_OF[job.state]
export const isTroubled = (job: Job) => groupOf(job) === 'troubled'
/** Something goes on or will: it may be paused or stopped. */
export const isOpen = (job: Job) => ['active', 'queued', 'held'].includes(groupOf(job))

/** How many of those asked for need nothing more: done, failed for good, skipped or gone. */
export const settled = (job: Job) => Math.max(0, job.asked - job.waiting - job.deferred)

/** The same as a share, 0–1; null while it is not known how many there are. */
export function settledShare(job: Job): number | null {
  if (job.state === 'completed') return 1
  return job.total ? Math.min(1, settled(job) / job.total) : null
}

/** The change that was asked for and has not come yet; an ended job keeps its last wish. */
export function isOnItsWay(job: Job): 'paused' | 'stopped' | 'running' | null {
  if (job.wanted_state === 'stopped' && isOpen(job)) return 'stopped'
  if (job.wanted_state === 'paused' && ['queued', 'running'].includes(job.state))
    return 'paused'
  return job.wanted_state === 'running' && job.state === 'paused' ? 'running' : null
}

/** What can be done with a job as it is now. */
export function commandsFor(job: Job): (JobCommand | 'retry')[] {
  const coming = isOnItsWay(job)
  if (coming === 'stopped') return []
  if (coming === 'paused') return ['resume', 'stop']
  if (coming === 'running') return ['pause', 'stop']
  switch (job.state) {
    case 'queued':
    case 'running':
      return ['pause', 'stop']
    case 'paused':
    case 'interrupted':
      return ['resume', 'stop']
    case 'stopped':
      return ['resume']
    default:
      // A gap is mended by going on; retry is for what failed, and goes on as well.
      if (!isTroubled(job)) return []
      return [job.failures.some((group) => group.can_retry) ? 'retry' : 'resume']
  }
}

/** Every job the server knows, kept fresh by the event socket. */
export const useJobsStore = defineStore('jobs', () => {
  const byId = shallowRef(new Map<number, Job>())
  const state = ref<'idle' | 'loading' | 'ready' | 'error'>('idle')
  const error = shallowRef<unknown>(null)
  const nextCursor = ref<string | null>(null)

  const newestFirst = computed(() => [...byId.value.values()].sort((a, b) => b.id - a.id))
  const amounts = computed(() => {
    const found = { active: 0, queued: 0, held: 0, troubled: 0, ended: 0 }
    for (const job of byId.value.values()) found[groupOf(job)]++
    return found
  })
  const open = computed(() => newestFirst.value.filter(isOpen))

  /** Share of all running jobs together, 0–1; null when nothing runs or nothing is known. */
  const share = computed(() => {
    const running = newestFirst.value.filter((job) => job.state === 'running')
    const shares = running.map(settledShare)
    const known = shares.filter((value) => value !== null)
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null
  })

  function put(...jobs: Job[]) {
    const next = new Map(byId.value)
    for (const job of jobs) next.set(job.id, job)
    byId.value = next
  }

  /** Everything that is not ended, however old, and the newest of the rest. */
  async function load() {
    state.value = byId.value.size ? state.value : 'loading'
    try {
      const [page, unfinished] = await Promise.all([api.listJobs(), api.unfinishedJobs()])
      byId.value = new Map([...unfinished, ...page.jobs].map((job) => [job.id, job]))
      nextCursor.value = page.next_cursor
      error.value = null
      state.value = 'ready'
    } catch (problem) {
      error.value = problem
      state.value = byId.value.size ? 'ready' : 'error'
    }
  }

  async function loadMore() {
    if (nextCursor.value === null) return
    const page = await api.listJobs(nextCursor.value)
    put(...page.jobs)
    nextCursor.value = page.next_cursor
  }

  const settle = async (answer: Promise<Job>) => {
    const job = await answer
    put(job)
    return job
  }
  const start = (job: NewJob) => settle(api.startJob(job))
  const refresh = (id: number) => settle(api.readJob(id))

  /** Commands say here what went wrong, and how to give them again; they do not throw. */
  const trouble = shallowRef<{ error: unknown; again: () => Promise<void> } | null>(null)
  const busy = ref(new Set<number>())

  /** A job that ended in the moment of the click is no trouble: what it is now says enough. */
  async function hasMovedOn(id: number, error: unknown): Promise<boolean> {
    if (!(error instanceof ApiError) || error.status !== 409) return false
    const before = byId.value.get(id)?.state
    const now = await refresh(id).catch(() => null)
    return now !== null && now.state !== before
  }

  async function attempt(id: number, ask: () => Promise<Job>) {
    busy.value.add(id)
    try {
      await settle(ask())
      trouble.value = null
    } catch (error) {
      if (await hasMovedOn(id, error)) trouble.value = null
      else trouble.value = { error, again: () => attempt(id, ask) }
    } finally {
      busy.value.delete(id)
    }
  }
  const command = (id: number, name: JobCommand) => attempt(id, () => api.commandJob(id, name))
  const retry = (id: number, what?: RetryJob) => attempt(id, () => api.retryJob(id, what))

  /** To those of these jobs that take it. */
  async function commandMany(jobs: readonly Job[], name: JobCommand | 'retry') {
    const takers = jobs.filter((job) => commandsFor(job).includes(name))
    await Promise.all(
      takers.map((job) => (name === 'retry' ? retry(job.id) : command(job.id, name))),
    )
  }

  function listen() {
    const events = useEventsStore()
    events.on('job', (messages) => put(...messages.map((message) => message.job)))
    events.onRenewed(() => {
      trouble.value = null // whatever it was, it was about a server that is gone
      void load()
    })
  }

  return {
    byId,
    newestFirst,
    amounts,
    open,
    share,
    state,
    error,
    nextCursor,
    trouble,
    busy,
    put,
    load,
    loadMore,
    start,
    refresh,
    command,
    commandMany,
    retry,
    listen,
  }
})
