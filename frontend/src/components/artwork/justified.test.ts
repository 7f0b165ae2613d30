import { expect, it } from 'vitest'
import { justify, nearestIn, ratioOf } from './justified'

const shape = { width: 1200, tall: 200, gap: 6 }
const ratios = Array.from({ length: 100 }, (_, at) => [0.67, 1, 1.5, 0.56][(at * 7) % 4]!)

it('fills the width with every row, and no row is far from the wanted height', () => {
  const { rows, height } = justify(ratios, shape, false)
  for (const row of rows) {
    expect(row.lefts.at(-1)! + row.widths.at(-1)!).toBe(1200)
    expect(row.height).toBeGreaterThan(140)
    expect(row.height).toBeLessThan(270)
  }
  expect(rows.reduce((sum, row) => sum + row.lefts.length, 0)).toBe(100)
  expect(rows.reduce((sum, row) => sum + row.height + 6, 0)).toBe(height)
})

it('shows pictures as they are, whole', () => {
  const [row] = justify(ratios, shape, false).rows
  row!.widths.forEach((width, at) => {
    expect(Math.abs(width / row!.height - ratios[at]!)).toBeLessThan(0.05)
  })
})

it('leaves the last row of all short rather than tall', () => {
  const { rows } = justify([1, 1, 1], shape, true)
  expect(rows).toEqual([
    { start: 0, top: 0, height: 200, lefts: [0, 206, 412], widths: [200, 200, 200] },
  ])
  expect(justify([], shape, true)).toEqual({ rows: [], height: 0 })
})

it('finds a place also for a panorama, a strip, and what has no size', () => {
  expect([ratioOf(10_000, 100), ratioOf(10, 10_000), ratioOf(null, 5)]).toEqual([
    2.5, 0.4, 0.75,
  ])
  const { rows } = justify([2.5], { width: 300, tall: 200, gap: 6 }, false)
  expect(rows[0]!.widths).toEqual([300])
})

it('goes straight up and down', () => {
  const row = { start: 40, top: 0, height: 1, lefts: [0, 100, 300], widths: [90, 190, 50] }
  expect(nearestIn(row, 0, 40)).toBe(40)
  expect(nearestIn(row, 150, 200)).toBe(41)
  expect(nearestIn(row, 340, 500)).toBe(42)
})
