import type { Job } from '@/api/jobs'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { commandsFor, settledShare, useJobsStore } from './jobs'

const answers = vi.hoisted(() => ({
  commandJob: vi.fn(),
  retryJob: vi.fn(),
  listJobs: vi.fn(),
  unfinishedJobs: vi.fn(),
}))
vi.mock('@/api/jobs', () => answers)

const job = (more: Partial<Job>) =>
  ({
    id: 1,
    state: 'running',
    wanted_state: null,
    total: null,
    asked: 0,
    waiting: 0,
    deferred: 0,
    failures: [],
    ...more,
  }) as Job

beforeEach(() => setActivePinia(createPinia()))

it.each<[Partial<Job>, string[]]>([
  [{ state: 'running' }, ['pause', 'stop']],
  [{ state: 'running', wanted_state: 'paused' }, ['resume', 'stop']],
  [{ state: 'running', wanted_state: 'stopped' }, []],
  [{ state: 'interrupted' }, ['resume', 'stop']],
  [{ state: 'queued', wanted_state: 'running' }, ['pause', 'stop']],
  [{ state: 'paused', wanted_state: 'running' }, ['pause', 'stop']],
  [{ state: 'interrupted', wanted_state: 'running' }, ['resume', 'stop']],
  [{ state: 'stopped', wanted_state: 'stopped' }, ['resume']],
  [{ state: 'incomplete', wanted_state: 'running' }, ['resume']],
  [{ state: 'incomplete', failures: [{ can_retry: true }] as never }, ['retry']],
  [{ state: 'incomplete', failures: [{ can_retry: false }] as never }, ['resume']],
  [{ state: 'completed' }, []],
])('offers for %j only what makes sense', (state, commands) => {
  expect(commandsFor(job(state))).toEqual(commands)
})

it('says no share while the number is not known, and 1 when it is complete', () => {
  expect(settledShare(job({ asked: 100, waiting: 50 }))).toBe(null)
  expect(settledShare(job({ total: 100, asked: 100, waiting: 50, deferred: 10 }))).toBe(0.4)
  expect(settledShare(job({ state: 'completed', total: 0 }))).toBe(1)
})

it('shows the share of what runs, for the title of the tab', () => {
  const jobs = useJobsStore()
  expect(jobs.share).toBe(null)
  jobs.put(
    job({ id: 1, total: 10, asked: 10, waiting: 5 }),
    job({ id: 2, total: 10, asked: 10, waiting: 0 }),
    job({ id: 3, state: 'paused', total: 10, asked: 10, waiting: 10 }),
  )
  expect(jobs.share).toBe(0.75)
})

it('keeps a refused command with the way to give it again', async () => {
  const jobs = useJobsStore()
  answers.commandJob.mockRejectedValueOnce(new Error('no'))
  await jobs.command(1, 'pause')
  expect(jobs.trouble?.error).toEqual(new Error('no'))
  answers.commandJob.mockResolvedValueOnce(job({ state: 'paused' }))
  await jobs.trouble?.again()
  expect(jobs.trouble).toBe(null)
  expect(jobs.byId.get(1)?.state).toBe('paused')
  expect(jobs.busy.size).toBe(0)
})

it('pauses of many those that can be paused, and nothing else', async () => {
  const jobs = useJobsStore()
  jobs.put(job({ id: 1 }), job({ id: 2, state: 'queued' }), job({ id: 3, state: 'completed' }))
  answers.commandJob.mockImplementation(async (id: number) => job({ id, state: 'paused' }))
  await jobs.commandMany(jobs.newestFirst, 'pause')
  expect(jobs.open.map((one) => [one.id, one.state])).toEqual([
    [2, 'paused'],
    [1, 'paused'],
  ])
  expect(jobs.byId.get(3)?.state).toBe('completed')
})

it('retries of many those where something failed', async () => {
  const jobs = useJobsStore()
  const failures = [{ can_retry: true }] as Job['failures']
  jobs.put(job({ id: 1 }), job({ id: 2, state: 'incomplete', failures }))
  answers.retryJob.mockImplementation(async (id: number) => job({ id, state: 'queued' }))
  await jobs.commandMany(jobs.newestFirst, 'retry')
  expect(answers.retryJob.mock.calls).toEqual([[2, undefined]])
})

it('counts every job in one group, those that were interrupted as waiting for Resume', () => {
  const jobs = useJobsStore()
  const states = ['running', 'queued', 'paused', 'interrupted', 'failed', 'incomplete']
  const all = [...states, 'completed', 'stopped'] as Job['state'][]
  jobs.put(...all.map((state, id) => job({ id, state })))
  expect(jobs.amounts).toEqual({ active: 1, queued: 1, held: 2, troubled: 2, ended: 2 })
  expect(jobs.open.map((one) => one.state).sort()).toEqual([
    'interrupted',
    'paused',
    'queued',
    'running',
  ])
})

it('knows unfinished jobs however many ended after them', async () => {
  const jobs = useJobsStore()
  answers.listJobs.mockResolvedValueOnce({ jobs: [job({ id: 40 })], next_cursor: 'more' })
  answers.unfinishedJobs.mockResolvedValueOnce([job({ id: 2, state: 'interrupted' })])
  await jobs.load()
  expect(jobs.newestFirst.map((one) => one.id)).toEqual([40, 2])
  expect([jobs.nextCursor, jobs.amounts.held]).toEqual(['more', 1])
})

it('keeps the jobs it has when asking anew fails', async () => {
  const jobs = useJobsStore()
  answers.unfinishedJobs.mockResolvedValue([])
  answers.listJobs.mockResolvedValueOnce({ jobs: [job({})], next_cursor: null })
  await jobs.load()
  answers.listJobs.mockRejectedValueOnce(new Error('down'))
  await jobs.load()
  expect([jobs.state, jobs.newestFirst.length]).toEqual(['ready', 1])
})
