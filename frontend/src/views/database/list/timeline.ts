import type { Timeline } from '@/api/library'

/** A month of the list and where in it it begins. */
export interface Stretch {
  month: string // 2026-05; "" without a date
  start: number // index
  amount: number
  cursor: string | null
}

/** The months one after the other, what has no date last. */
export function stretchesOf({ months, unknown }: Timeline): Stretch[] {
  let start = 0
  const all = months.map(({ month, amount, cursor }) => {
    const stretch = { month, start, amount, cursor }
    start += amount
    return stretch
  })
  return unknown ? [...all, { month: '', start, amount: unknown, cursor: null }] : all
}

/** The stretch that an index lies in. */
export function stretchAt(stretches: readonly Stretch[], index: number): Stretch | undefined {
  return stretches.findLast(({ start }) => start <= index) ?? stretches[0]
}

/** Years to write beside the bar, and no two of them nearer than `apart` (a share of it). */
export function yearsOf(
  stretches: readonly Stretch[],
  apart: number,
): { year: string; share: number }[] {
  const last = stretches.at(-1)
  const whole = last ? last.start + last.amount : 0
  const marks: { year: string; share: number }[] = []
  for (const { month, start } of stretches) {
    const year = month.slice(0, 4)
    const share = whole ? start / whole : 0
    const before = marks.at(-1)
    if (!year || before?.year === year || (before && share - before.share < apart)) continue
    marks.push({ year, share })
  }
  return marks
}
