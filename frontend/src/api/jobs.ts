import { GET, POST, said, type Schemas } from './client'

export type Job = Schemas['Job']
export type NewJob = Schemas['NewJob']
export type RetryJob = Schemas['RetryJob']
export type JobCommand = 'pause' | 'resume' | 'stop'

const at = (job_id: number) => ({ path: { job_id } })

export const listJobs = (cursor?: string) =>
  said(GET('/api/jobs', { params: { query: { cursor } } }))

/** All that run, wait, are paused or were interrupted. */
export async function unfinishedJobs(): Promise<Job[]> {
  const found: Job[] = []
  let cursor: string | undefined
  do {
    const query = { state: 'active' as const, limit: 100, cursor }
    const page = await said(GET('/api/jobs', { params: { query } }))
    found.push(...page.jobs)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return found
}

export const readJob = (id: number) => said(GET('/api/jobs/{job_id}', { params: at(id) }))

export const startJob = (body: NewJob) => said(POST('/api/jobs', { body }))

export const commandJob = (id: number, command: JobCommand) =>
  said(POST(`/api/jobs/{job_id}/${command}`, { params: at(id) }))

export const retryJob = (id: number, body: RetryJob = {}) =>
  said(POST('/api/jobs/{job_id}/retry', { params: at(id), body }))

export const jobEvents = (id: number, cursor?: string) =>
  said(GET('/api/jobs/{job_id}/events', { params: { ...at(id), query: { cursor } } }))

export const jobFailures = (id: number, cursor?: string) =>
  said(GET('/api/jobs/{job_id}/failures', { params: { ...at(id), query: { cursor } } }))
