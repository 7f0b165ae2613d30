import { computed, shallowRef, watch, type Ref } from 'vue'
import { justify, USUAL, type Block, type Row, type Shape } from './justified'

const MOST_KEPT = 200 // blocks whose rows are known

/** A row on its way to the page: where it stands in the whole list. */
export interface PlacedRow extends Row {
  key: string
  y: number // px from the beginning of the list
}

/**
 * Rows of a list that is known in blocks of `size`, most of which have not come. A block that is
 * unknown has the height of an average one, so that there is a place for every index.
 */
export function useBlocks(
  length: () => number,
  size: number,
  ratiosOf: (block: number) => readonly number[] | undefined,
  shape: Readonly<Ref<Shape>>,
) {
  const known = new Map<number, { ratios: readonly number[]; isLast: boolean; block: Block }>()
  const heights = new Map<number, number>() // of what was known once
  const usual = shallowRef(USUAL) // width to height of an average picture
  let isUsualKnown = false

  const count = computed(() => Math.ceil(length() / size))
  const sizeOf = (block: number) => Math.min(size, length() - block * size)
  const isAtEnd = (block: number) => block === count.value - 1
  const ghost = (amount: number, isLast: boolean) =>
    justify(
      Array.from({ length: amount }, () => usual.value),
      shape.value,
      isLast,
    )
  const unknown = computed(() => ghost(size, false))

  function blockAt(block: number): Block {
    const ratios = ratiosOf(block)
    const isLast = isAtEnd(block)
    const before = known.get(block)
    if (before?.isLast === isLast && (before.ratios === ratios || !ratios)) return before.block
    if (!ratios) return isLast ? ghost(sizeOf(block), true) : unknown.value
    const made = justify(ratios, shape.value, isLast)
    known.delete(block)
    known.set(block, { ratios, isLast, block: made })
    heights.set(block, made.height)
    if (known.size > MOST_KEPT) known.delete(known.keys().next().value!)
    return made
  }

  function learnUsual() {
    const ratios = ratiosOf(0)
    if (isUsualKnown || !ratios?.length) return
    usual.value = ratios.reduce((sum, one) => sum + one, 0) / ratios.length
    isUsualKnown = true
  }

  /** Where each block begins; one more for the end. */
  function topsNow(): Float64Array<ArrayBuffer> {
    learnUsual()
    const tops = new Float64Array(count.value + 1)
    for (let block = 0; block < count.value; block++) {
      const isNear = isAtEnd(block) || ratiosOf(block) !== undefined
      const height = isNear ? undefined : heights.get(block)
      const rows = isNear ? blockAt(block) : unknown.value
      tops[block + 1] = tops[block]! + (height ?? rows.height)
    }
    return tops
  }

  watch(
    shape,
    () => {
      known.clear()
      heights.clear()
    },
    { flush: 'sync' },
  )

  /** The block in which a place lies, by halves. */
  function blockUnder(tops: Float64Array, y: number): number {
    let low = 0
    let high = tops.length - 2
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (tops[middle]! <= y) low = middle
      else high = middle - 1
    }
    return Math.max(0, low)
  }

  function rowsBetween(tops: Float64Array, from: number, to: number): PlacedRow[] {
    const rows: PlacedRow[] = []
    if (!count.value) return rows
    for (let block = blockUnder(tops, from); block < count.value; block++) {
      if (tops[block]! > to) break
      blockAt(block).rows.forEach((row, at) => {
        const y = tops[block]! + row.top
        if (y + row.height < from || y > to) return
        rows.push({ ...row, key: `${block}-${at}`, start: block * size + row.start, y })
      })
    }
    return rows
  }

  /** The row of an index, and its place in it. */
  function rowOf(tops: Float64Array, index: number): PlacedRow | undefined {
    const block = Math.floor(index / size)
    const inside = index - block * size
    const rows = block < count.value ? blockAt(block).rows : []
    const at = rows.findIndex((row) => inside < row.start + row.lefts.length)
    const row = rows[at]
    if (!row) return undefined
    return {
      ...row,
      key: `${block}-${at}`,
      start: block * size + row.start,
      y: tops[block]! + row.top,
    }
  }

  return { topsNow, blockUnder, rowsBetween, rowOf }
}
