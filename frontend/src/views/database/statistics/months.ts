import type { AmountOf } from '@/api/library'

export interface Column {
  value: string // 2026-05
  amount: number
}

const next = (month: string): string => {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
}

/** Every month from the first to the last, also those in which nothing came; by year when many. */
export function columnsOf(months: readonly AmountOf[], most = 60): Column[] {
  const dated = months
    .filter(({ value }) => /^\d{4}-\d{2}$/.test(value))
    .toSorted((a, b) => a.value.localeCompare(b.value))
  const amounts = new Map(dated.map(({ value, amount }) => [value, amount]))
  const all: Column[] = []
  const last = dated.at(-1)?.value
  for (let month = dated[0]?.value; month && last && month <= last; month = next(month)) {
    all.push({ value: month, amount: amounts.get(month) ?? 0 })
    if (all.length > 2400) break // dates that nobody can mean
  }
  return all.length <= most ? all : byYear(all)
}

function byYear(months: readonly Column[]): Column[] {
  const years = new Map<string, number>()
  for (const { value, amount } of months) {
    const year = value.slice(0, 4)
    years.set(year, (years.get(year) ?? 0) + amount)
  }
  return [...years].map(([value, amount]) => ({ value, amount }))
}

/** The term that means a month or a year. */
export const termOf = (value: string) => `posted:${value}`

/** A round number that is not below `most`: the top of a scale. */
export function roundTop(most: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, most)))
  const steps = ten === 1 ? [1, 2, 4, 6, 8, 10] : [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]
  return steps.map((step) => step * ten).find((top) => top >= most) ?? most
}
