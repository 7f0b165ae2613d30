import { describe, expect, it } from 'vitest'
import * as format from './format'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [3_355_443, '3.2 MiB'],
    [10 * 2 ** 20, '10 MiB'],
    [1023.7 * 2 ** 20, '1 GiB'],
    [5 * 2 ** 40, '5 TiB'],
    [5000 * 2 ** 40, '5,000 TiB'],
  ])('writes %d bytes as %s', (value, text) => expect(format.bytes(value, 'en')).toBe(text))

  it('keeps the digit of a speed, which moves', () => {
    expect(format.speed(3 * 2 ** 20, 'en')).toBe('3.0 MiB/s')
    expect(format.speed(0, 'en')).toBe('0 B/s')
  })
})

it('writes slow rates by the minute, so that what moves is never 0', () => {
  expect(format.rate(4.62, 'en')).toBe('4.6/s')
  expect(format.rate(0.25, 'en')).toBe('15/min')
  expect(format.rate(0, 'en')).toBe('0/s')
})

it('says 100 % only when nothing is left', () => {
  expect(format.percent(0.9999, 'en')).toBe('99%')
  expect(format.percent(1, 'en')).toBe('100%')
  expect(format.percent(1.2, 'en')).toBe('100%')
})

it.each([
  [0, '0 sec'],
  [59.4, '59 sec'],
  [200, '3 min'],
  [3600, '1 hr'],
  [5400, '1 hr 30 min'],
  [200_000, '2 days'],
])('writes %d seconds as %s', (seconds, text) =>
  expect(format.duration(seconds, 'en')).toBe(text),
)

describe('relative times', () => {
  it.each([
    [2, 'now'],
    [59, '59 seconds ago'],
    [185, '3 minutes ago'],
    [86_400, 'yesterday'],
    [-8, 'in 8 seconds'],
  ])('writes %d seconds before as %s', (seconds, text) =>
    expect(format.relative(before(seconds), NOW, 'en')).toBe(text),
  )

  it('writes a date when it is long ago', () => {
    expect(format.relative(before(90 * 86_400), NOW, 'en')).toContain('2026')
  })
})

it('speaks Chinese', () => {
  expect(format.relative(before(185), NOW, 'zh-CN')).toBe('3分钟前')
  expect(format.number(12481, 'zh-CN')).toBe('12,481')
})
