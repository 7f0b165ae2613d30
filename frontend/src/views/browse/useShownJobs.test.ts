import { useJobsStore } from '@/stores/jobs'
import { runAt } from '@/testing/harness'
import { aJob } from '@/testing/jobs'
import { nextTick } from 'vue'
import { beforeEach, expect, it } from 'vitest'
import { useShownJobs } from './useShownJobs'

beforeEach(() => localStorage.clear())

it('shows all that go on and the last few that ended', async () => {
  const { found } = await runAt('/', useShownJobs)
  useJobsStore().put(
    aJob({ id: 1, state: 'paused' }),
    ...[2, 3, 4, 5, 6].map((id) => aJob({ id, state: 'completed' })),
    aJob({ id: 7, state: 'running' }),
    aJob({ id: 8, state: 'running', kind: 'examine' }),
  )
  expect(found.shown.value.map(({ id }) => id)).toEqual([7, 6, 5, 4, 1])
})

it('remembers what was put away, and shows it again when it is retried', async () => {
  const first = await runAt('/', useShownJobs)
  const job = aJob({ id: 3, state: 'incomplete' })
  useJobsStore().put(job)
  first.found.dismiss(job)
  await nextTick()
  first.end()

  const again = await runAt('/', useShownJobs)
  useJobsStore().put(job)
  expect(again.found.shown.value).toEqual([])
  useJobsStore().put({ ...job, state: 'running' })
  expect(again.found.shown.value.map(({ id }) => id)).toEqual([3])
})
