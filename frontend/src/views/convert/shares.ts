/** How much of `before` is saved, 0–1. What grew saves nothing. */
export const savedShare = (before: number, after: number) =>
  before > 0 ? Math.max(0, 1 - after / before) : 0

/** Widths of bars, 0–1 of the largest. */
export function widths(values: readonly number[]): number[] {
  const most = Math.max(0, ...values)
  return values.map((value) => (most > 0 ? value / most : 0))
}

export interface Part {
  name: string
  amount: number
  share: number // 0–1 of all of them
}

const SMALLEST = 0.015 // what is thinner than this nobody sees

/** Parts of a stacked bar, the largest first; those beyond `most`, and slivers, are `rest`. */
export function parts(
  amounts: readonly { name: string; amount: number }[],
  rest: string,
  most = 4,
): Part[] {
  const total = amounts.reduce((sum, one) => sum + one.amount, 0)
  if (total <= 0) return []
  const sorted = [...amounts]
    .filter((one) => one.amount > 0)
    .sort((a, b) => b.amount - a.amount)
  const isShown = (one: { amount: number }, at: number) =>
    sorted.length === 1 ||
    ((at < most - 1 || sorted.length <= most) && one.amount / total >= SMALLEST)
  const shown = sorted.filter(isShown)
  const left = sorted.filter((one, at) => !isShown(one, at))
  const others = left.length === 1 ? left : []
  const sum = left.reduce((all, one) => all + one.amount, 0)
  return [...shown, ...others, ...(left.length > 1 ? [{ name: rest, amount: sum }] : [])].map(
    (one) => ({ ...one, share: one.amount / total }),
  )
}
