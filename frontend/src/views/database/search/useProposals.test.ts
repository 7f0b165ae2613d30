import { expect, it } from 'vitest'
import { asOptions, wordWrong } from './useProposals'

it('puts what the server proposes where the word stands, also behind wide characters', () => {
  const text = '𝒜 tag:sk'
  const items = [
    { text: 'tag:"sky high"', label: 'sky high', kind: 'tag' as const, amount: 12 },
    { text: 'tags:', label: 'tags', kind: 'field' as const, amount: null },
  ]
  const options = asOptions({ start: 2, end: 8, items, problem: null }, text)
  expect(options).toEqual([
    { field: 'tag', value: '"sky high"', text: 'tag:"sky high" ', from: 3, to: 9, amount: 12 },
    { field: 'tags', value: null, text: 'tags:', from: 3, to: 9, amount: null },
  ])
})

it('points at the word that is wrong', () => {
  expect(wordWrong('sky knid:video', 4)).toEqual({ from: 4, to: 14 })
  expect(wordWrong('sky knid:video', 7)).toEqual({ from: 4, to: 14 })
  expect(wordWrong('(sky', 4)).toEqual({ from: 3, to: 4 })
})
