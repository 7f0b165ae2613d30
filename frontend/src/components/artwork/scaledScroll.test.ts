import { expect, it } from 'vitest'
import { barAt, boxHeight, follow, isNearEdge, placeAt, TALLEST } from './scaledScroll'

const view = 700
const long = 48_000_000 // a million rows

it('is the plain scrolling of a box where the list fits', () => {
  expect(boxHeight(5000)).toBe(5000)
  expect(barAt(1234, 5000, view)).toBe(1234)
  expect(follow(100, 100, 4000, 5000, view)).toBe(4000)
})

it('reaches the end of any list, and its beginning', () => {
  expect(boxHeight(long)).toBe(TALLEST)
  const end = TALLEST - view
  expect(barAt(long - view, long, view)).toBe(end)
  expect(follow(1000, 1000, end, long, view)).toBe(long - view)
  expect(follow(20_000, 100, 0, long, view)).toBe(0)
})

it('goes as far as the wheel did, and where the bar was dragged', () => {
  expect(follow(30_000_000, 5_000_000, 5_000_120, long, view)).toBe(30_000_120)
  const half = TALLEST / 2
  expect(follow(0, 0, half, long, view)).toBeCloseTo(placeAt(half, long, view))
  expect(placeAt(barAt(12_345_678, long, view), long, view)).toBeCloseTo(12_345_678)
})

it('notices that the bar ends before the list does', () => {
  expect(isNearEdge(30_000_000, 800, long, view)).toBe(true)
  expect(isNearEdge(30_000_000, TALLEST - 1000, long, view)).toBe(true)
  expect(isNearEdge(500, 500, long, view)).toBe(false)
  expect(isNearEdge(4000, 4000, 5000, view)).toBe(false)
})
