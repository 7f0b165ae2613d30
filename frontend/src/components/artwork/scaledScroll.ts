/**
 * Scrolling through more than a box can be high. A box ends at 33.5 M px in Chromium and at
 * 17.8 M px in Firefox, so a longer list has a scroll bar for its share only: the bar stands at
 * a share of the way, `offset` is the place in the list, and both move alike under the wheel.
 */
export const TALLEST = 8_000_000 // px
const JUMP = 4 // views: so far nobody scrolls at once, the bar was dragged

export const boxHeight = (whole: number) => Math.min(whole, TALLEST)

const clamp = (value: number, most: number) => Math.min(Math.max(0, value), Math.max(0, most))

/** Where the bar belongs for a place in the list; all px. */
export function barAt(offset: number, whole: number, view: number): number {
  const most = whole - view
  return most <= 0 ? 0 : (clamp(offset, most) / most) * (boxHeight(whole) - view)
}

/** And back. */
export function placeAt(bar: number, whole: number, view: number): number {
  const most = boxHeight(whole) - view
  return most <= 0 ? 0 : (clamp(bar, most) / most) * (whole - view)
}

/** The place in the list after the bar went from one place to another. */
export function follow(
  offset: number,
  from: number,
  to: number,
  whole: number,
  view: number,
): number {
  const most = boxHeight(whole) - view
  if (to <= 0) return 0
  if (to >= most - 1) return Math.max(0, whole - view)
  const isScaled = whole > TALLEST
  if (isScaled && Math.abs(to - from) > JUMP * view) return placeAt(to, whole, view)
  return clamp(offset + to - from, whole - view)
}

/** The bar comes to an end long before the list does: it has to be moved at once. */
export function isNearEdge(offset: number, bar: number, whole: number, view: number): boolean {
  const room = boxHeight(whole) - view - bar
  const left = whole - view - offset
  return (bar < 2 * view && bar < offset - view) || (room < 2 * view && room < left - view)
}
