import { expect, it } from 'vitest'
import { parts, savedShare, widths } from './shares'

it('says what share is saved, and nothing for what grew or was empty', () => {
  expect(savedShare(200, 50)).toBe(0.75)
  expect(savedShare(200, 250)).toBe(0)
  expect(savedShare(0, 0)).toBe(0)
})

it('measures bars against the longest, also where all are empty', () => {
  expect(widths([10, 5, 0])).toEqual([1, 0.5, 0])
  expect(widths([0, 0])).toEqual([0, 0])
  expect(widths([])).toEqual([])
})

it('stacks the largest first and gathers the rest, so that the shares make a whole', () => {
  const found = parts(
    [
      { name: 'gif', amount: 40 },
      { name: 'png', amount: 800 },
      { name: 'webp', amount: 60 },
      { name: 'jpeg', amount: 90 },
      { name: 'avif', amount: 10 },
      { name: 'none', amount: 0 },
    ],
    'rest',
  )
  expect(found.map(({ name, amount }) => [name, amount])).toEqual([
    ['png', 800],
    ['jpeg', 90],
    ['webp', 60],
    ['rest', 50],
  ])
  expect(found.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})

it('calls a single small one by its name, and shows nothing of nothing', () => {
  const names = parts(
    [
      { name: 'png', amount: 9999 },
      { name: 'gif', amount: 1 },
    ],
    'rest',
  ).map(({ name }) => name)
  expect(names).toEqual(['png', 'gif'])
  expect(parts([{ name: 'png', amount: 0 }], 'rest')).toEqual([])
})
