import { describe, expect, it } from 'vitest'
import { completionsFor, isUnfinished } from './completions'

const SEEN = { model: ['Pony XL', 'Aurora'], author: ['pollux', 'lena'], tag: ['sky'] }
const at = (text: string, cursor = text.length) => completionsFor(text, cursor, SEEN)
const accept = (text: string, pick: number, cursor = text.length) => {
  const chosen = completionsFor(text, cursor, SEEN)[pick]!
  return text.slice(0, chosen.from) + chosen.text + text.slice(chosen.to)
}

describe('completions', () => {
  it('offer fields by their beginning, then names that were seen', () => {
    expect(at('sky po').map((one) => one.text)).toEqual([
      'posted:',
      'model:"Pony XL" ',
      'author:pollux ',
    ])
  })

  it('offer the values of a field, those that begin like it first', () => {
    expect(at('model:').map((one) => one.value)).toEqual(['Pony XL', 'Aurora'])
    expect(at('rating:p').map((one) => one.value)).toEqual(['pg', 'pg13'])
    expect(accept('-model:"po', 0)).toBe('-model:"Pony XL" ')
  })

  it('go on after a comma and keep what stands before it', () => {
    expect(accept('kind:image,vi', 0)).toBe('kind:image,video ')
  })

  it('replace the whole word when the cursor stands inside it', () => {
    expect(accept('mod rest', 0, 3)).toBe('model: rest')
    expect(accept('model:Au rest', 0, 7)).toBe('model:Aurora rest')
  })

  it('do not offer what is written already, nor anything between words', () => {
    expect(at('kind:video')).toEqual([])
    expect(at('sky ')).toEqual([])
    expect(at('')).toEqual([])
  })

  it('work inside open brackets', () => {
    expect(accept('(sky OR aut', 0)).toBe('(sky OR author:')
  })
})

it.each([
  ['model:', true],
  ['rating:s', true],
  ['rating:sfw', false],
  ['rating:pg', false],
  ['kind:image,', true],
  ['a -', true],
  ['a OR', true],
  ['model:"Pony', true],
  ['(a b', true],
  ['(a b)', false],
  ['modle:x', false],
  ['sky', false],
  ['', false],
])('%s is unfinished: %s', (text, is) => expect(isUnfinished(text, text.length)).toBe(is))
