/** A row of pictures of one height that fills the width; px. `lefts` and `widths`: of each. */
export interface Row {
  start: number // index of its first picture
  top: number
  height: number
  lefts: number[]
  widths: number[]
}
export interface Block {
  rows: Row[]
  height: number // with the gap below
}

export interface Shape {
  width: number // of the whole, px
  tall: number // how tall a row should be, px
  gap: number
}

const NARROWEST = 0.4 // width to height; panoramas and strips are cut off
const WIDEST = 2.5
export const USUAL = 0.75 // of what does not say its size

/** Width to height as it is drawn. */
export function ratioOf(width: number | null, height: number | null): number {
  if (!width || !height) return USUAL
  return Math.min(WIDEST, Math.max(NARROWEST, width / height))
}

/**
 * Cut pictures into rows, each as near to the wanted height as the whole allows.
 *
 * Every row fills the width, so blocks follow one another without a seam; the last row of the
 * last one keeps its height instead, and stays short.
 */
export function justify(ratios: readonly number[], shape: Shape, isLast: boolean): Block {
  const rows: Row[] = []
  let top = 0
  const cuts = cutsOf(ratios, shape, isLast)
  for (let at = 1; at < cuts.length; at++) {
    const row = layOut(
      ratios,
      cuts[at - 1]!,
      cuts[at]!,
      shape,
      isLast && at === cuts.length - 1,
    )
    rows.push({ ...row, top })
    top += row.height + shape.gap
  }
  return { rows, height: top }
}

const sumOf = (ratios: readonly number[], from: number, to: number) => {
  let sum = 0
  for (let at = from; at < to; at++) sum += ratios[at]!
  return sum
}
const filled = (sum: number, count: number, { width, gap }: Shape) =>
  (width - gap * (count - 1)) / sum

/** Where rows begin, by the cheapest of all ways to cut; the last one is the end. */
function cutsOf(ratios: readonly number[], shape: Shape, isLast: boolean): number[] {
  const count = ratios.length
  const costs = [0, ...Array.from({ length: count }, () => Infinity)]
  const before = Array.from({ length: count + 1 }, () => 0)
  for (let from = 0; from < count; from++) {
    let sum = 0
    for (let to = from + 1; to <= count; to++) {
      sum += ratios[to - 1]!
      const height = filled(sum, to - from, shape)
      const isShort = isLast && to === count && height > shape.tall
      const off = isShort ? 0 : Math.log(height / shape.tall)
      const cost = costs[from]! + (height > 0 ? off * off : Infinity)
      if (cost < costs[to]! || costs[to] === Infinity) {
        costs[to] = cost
        before[to] = from
      }
      if (height < shape.tall / 2) break // it only gets flatter
    }
  }
  const cuts = [count]
  while (cuts[0]! > 0) cuts.unshift(before[cuts[0]!]!)
  return count ? cuts : [0]
}

function layOut(
  ratios: readonly number[],
  start: number,
  end: number,
  shape: Shape,
  isEnd: boolean,
): Omit<Row, 'top'> {
  const height = filled(sumOf(ratios, start, end), end - start, shape)
  const isShort = isEnd && height > shape.tall
  const tall = Math.round(isShort ? shape.tall : height)
  const lefts: number[] = []
  const widths: number[] = []
  let left = 0
  for (let at = start; at < end; at++) {
    const isAtEdge = at === end - 1 && !isShort
    const exact = isShort ? ratios[at]! * tall : ratios[at]! * height
    const wide = isAtEdge ? shape.width - left : Math.round(exact)
    lefts.push(left)
    widths.push(Math.max(1, wide))
    left += wide + shape.gap
  }
  return { start, height: Math.max(1, tall), lefts, widths }
}

/** The picture of `row` that lies most under the middle of `left`–`right`. */
export function nearestIn(row: Row, left: number, right: number): number {
  const middle = (left + right) / 2
  const found = row.lefts.findIndex((from, at) => middle <= from + row.widths[at]!)
  return row.start + (found < 0 ? row.lefts.length - 1 : found)
}
