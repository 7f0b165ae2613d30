import { inApp } from '@/testing/inApp'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useHoverVideo } from './useHoverVideo'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const hovered = () => inApp(() => useHoverVideo()).result

it('waits 250 ms, so that crossing a grid loads nothing', () => {
  const { isWanted, enter, leave } = hovered()
  enter()
  vi.advanceTimersByTime(249)
  expect(isWanted.value).toBe(false)
  leave()
  vi.advanceTimersByTime(1000)
  expect(isWanted.value).toBe(false)
  enter()
  vi.advanceTimersByTime(250)
  expect(isWanted.value).toBe(true)
})

it('plays one at a time', () => {
  const [one, other] = [hovered(), hovered()]
  one.play()
  other.play()
  expect([one.isWanted.value, other.isWanted.value]).toEqual([false, true])
})

it('plays nothing by itself for those who asked for less motion', () => {
  vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: true } as MediaQueryList)
  const { isWanted, enter, play } = hovered()
  enter()
  vi.advanceTimersByTime(1000)
  expect(isWanted.value).toBe(false)
  play()
  expect(isWanted.value).toBe(true)
})
