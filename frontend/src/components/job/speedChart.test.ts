import { NO_PACE, type Pace } from '@/stores/rates'
import { expect, it } from 'vitest'
import { chartData, chartSpan } from './speedChart'

const pace: Pace = { at: [100, 110], bytes: [5, 7], items: [1, 2] }

it('goes on until now as it was heard of last, while the job runs', () => {
  expect(chartData(pace, 120, true)).toEqual([
    [100, 110, 120],
    [5, 7, 7],
    [1, 2, 2],
  ])
  expect(chartData(pace, 120, false)).toEqual([pace.at, pace.bytes, pace.items])
  const broken = { at: [100, 110], bytes: [5, null], items: [1, null] }
  expect(chartData(broken, 120, true)[0]).toEqual([100, 110])
  expect(chartData(NO_PACE, 120, true)).toEqual([[], [], []])
})

it('shows all that is known, a minute at least, and stands still with the job', () => {
  expect(chartSpan(pace, 120, true)).toEqual([60, 120])
  expect(chartSpan(pace, 300, true)).toEqual([100, 300])
  expect(chartSpan(pace, 300, false)).toEqual([50, 110])
  expect(chartSpan(NO_PACE, 300, true)).toEqual([240, 300])
})
