import { expect, it } from 'vitest'
import { stretchAt, stretchesOf, yearsOf } from './timeline'

const month = (name: string, amount: number) => ({ month: name, amount, cursor: `at ${name}` })
const stretches = stretchesOf({
  months: [month('2026-05', 10), month('2026-04', 5), month('2025-12', 85)],
  unknown: 20,
  is_estimate: false,
})

it('knows where in the list each month begins, and what has no date last', () => {
  expect(stretches.map(({ month, start }) => [month, start])).toEqual([
    ['2026-05', 0],
    ['2026-04', 10],
    ['2025-12', 15],
    ['', 100],
  ])
  expect(stretchAt(stretches, 14)?.month).toBe('2026-04')
  expect(stretchAt(stretches, 100_000)?.month).toBe('')
  expect(stretchAt([], 3)).toBeUndefined()
})

it('writes each year once and none over another', () => {
  expect(yearsOf(stretches, 0.05)).toEqual([
    { year: '2026', share: 0 },
    { year: '2025', share: 0.125 },
  ])
  expect(yearsOf(stretches, 0.2)).toEqual([{ year: '2026', share: 0 }])
})
