import { expect, it } from 'vitest'
import { columnsOf, roundTop } from './months'

const amount = (value: string, amount: number) => ({ value, amount })

it('has a column for every month, also for those without anything', () => {
  const months = [amount('2026-02', 3), amount('2025-11', 5), amount('', 9)]
  expect(columnsOf(months)).toEqual([
    amount('2025-11', 5),
    amount('2025-12', 0),
    amount('2026-01', 0),
    amount('2026-02', 3),
  ])
  expect(columnsOf([])).toEqual([])
})

it('goes by years where there are too many months', () => {
  const columns = columnsOf([amount('2019-01', 1), amount('2024-05', 2), amount('2024-06', 4)])
  expect(columns.map(({ value }) => value)).toEqual([
    '2019',
    '2020',
    '2021',
    '2022',
    '2023',
    '2024',
  ])
  expect(columns.at(-1)!.amount).toBe(6)
})

it('ends its scale at a round number', () => {
  expect([0, 1, 3, 24, 180, 5000, 5001].map(roundTop)).toEqual([1, 1, 4, 24, 200, 5000, 6000])
})
