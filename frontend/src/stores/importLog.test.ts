import type { Job } from '@/api/jobs'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import { useEventsStore } from './events'
import { useImportLogStore } from './importLog'

/** The socket, without a socket. */
function open() {
  setActivePinia(createPinia())
  const heard = new Map<string, (messages: never[]) => void>()
  const events = useEventsStore()
  events.on = ((type: string, handler: never) => {
    heard.set(type, handler)
    return () => {}
  }) as typeof events.on
  const log = useImportLogStore()
  const hear = (type: string, ...messages: unknown[]) => heard.get(type)!(messages as never[])
  return { log, job: (one: Job) => hear('job', { job: one }), hear }
}
const importing = (more: Partial<Job> = {}) =>
  ({
    id: 7,
    title: 'Import 3 of NightCafe',
    state: 'running',
    total: 3,
    done: 0,
    targets: [],
    failures: [],
    ...more,
  }) as unknown as Job

it('tells of an import from its beginning to its end, the newest first', () => {
  const { log, job, hear } = open()
  job(importing())
  hear('finished', { job_id: 7, artworks: [{ title: null, prompt: 'a boat '.repeat(40) }] })
  const failures = [{ reason: 'capture_expired', title: 'Expired', amount: 2 }]
  job(importing({ failures } as never))
  job(importing({ failures } as never)) // the same again says nothing new
  job(importing({ failures, state: 'incomplete', done: 1 } as never))
  expect(log.lines.map(({ what, n }) => [what, n])).toEqual([
    ['ended', 1],
    ['failed', 2],
    ['saved', 1],
    ['began', 3],
  ])
  expect(log.lines[2]!.text).toHaveLength(90)
})

it('says nothing of other jobs, and of the generator of an account as of imports', () => {
  const { log, job, hear } = open()
  job(importing({ title: 'Download user lena' }))
  hear('finished', { job_id: 7, artworks: [{ title: 'x' }] })
  expect(log.lines).toEqual([])
  const targets = [{ key: 'civitai_generator:generator:lena' }]
  job(importing({ title: 'Download generator lena', targets } as never))
  expect(log.lines).toHaveLength(1)
})
