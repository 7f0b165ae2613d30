import type { Job } from '@/api/jobs'
import { aJob } from '@/testing/jobs'
import { aTarget } from '@/testing/targets'
import { expect, it } from 'vitest'
import { judge, type Judged } from './verdict'

const about = (said: Partial<Job>) => aJob({ id: 1, targets: [aTarget()], ...said })
const words = ({ state, mend, job }: Judged) => [state, mend, job?.id ?? null]

it.each([
  ['never_listed', 'download'],
  ['listing', 'resume'],
  ['gaps', 'again'],
  ['failed', 'retry'],
  ['waiting', 'download'],
  ['limited', 'check'],
  ['complete', 'check'],
] as const)('has one thing to press when it is %s', (verdict, mend) => {
  expect(words(judge(aTarget({ verdict }), []))).toEqual([verdict, mend, null])
})

it.each(['running', 'queued'] as const)('has nothing to press while a job is %s', (state) => {
  const job = about({ state })
  expect(words(judge(aTarget({ verdict: 'gaps' }), [job]))).toEqual(['working', null, null])
})

it('goes on with the job that rests', () => {
  const jobs = [about({ id: 4, state: 'interrupted' })]
  expect(words(judge(aTarget({ verdict: 'waiting' }), jobs))).toEqual(['waiting', 'resume', 4])
  expect(words(judge(aTarget({ verdict: 'never_listed' }), jobs))).toEqual([
    'listing',
    'resume',
    4,
  ])
  expect(words(judge(aTarget({ verdict: 'complete' }), jobs))).toEqual([
    'complete',
    'check',
    null,
  ])
})

it('retries in the newest job that can', () => {
  const failures = [{ can_retry: true }] as Job['failures']
  const jobs = [
    about({ id: 9, state: 'incomplete' }),
    about({ id: 8, state: 'incomplete', failures }),
    about({ id: 7, state: 'incomplete', failures }),
  ]
  expect(words(judge(aTarget({ verdict: 'failed' }), jobs))).toEqual(['failed', 'retry', 8])
})

it('does not mind jobs about other targets', () => {
  const job = aJob({ id: 1, targets: [aTarget({ id: 99 })] })
  expect(words(judge(aTarget(), [job]))).toEqual(['complete', 'check', null])
})
