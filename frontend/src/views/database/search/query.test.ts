import { describe, expect, it } from 'vitest'
import {
  chosenValues,
  valuesOf,
  withoutWord,
  withTerm,
  withValues,
  wordAt,
  wordsOf,
  written,
} from './query'

const texts = (query: string) => wordsOf(query).map((word) => word.text)

describe('words of a query', () => {
  it('are cut at spaces outside quotes and brackets', () => {
    expect(texts('model:"Pony XL" -tag:blurry  score:>=3')).toEqual([
      'model:"Pony XL"',
      '-tag:blurry',
      'score:>=3',
    ])
    expect(texts('tag:saber_(fate) cat')).toEqual(['tag:saber_(fate)', 'cat'])
    expect(texts('(author:lena* OR tag:"a ) b") rating:<=pg13')).toEqual([
      '(author:lena* OR tag:"a ) b")',
      'rating:<=pg13',
    ])
  })

  it('know field, value, negation and OR', () => {
    const [first, or, second] = wordsOf('-Type:video OR sky')
    expect(first).toMatchObject({
      field: 'kind',
      value: 'video',
      isNegated: true,
      kind: 'term',
    })
    expect(or).toMatchObject({ kind: 'or' })
    expect(second).toMatchObject({ field: null, value: 'sky', start: 15, end: 18 })
  })

  it('reach to the end when they are never closed', () => {
    expect(texts('a model:"Pony b')).toEqual(['a', 'model:"Pony b'])
    expect(texts('a (b c')).toEqual(['a', '(b c'])
    expect(texts('a\\')).toEqual(['a\\'])
  })

  it('always move on, whatever stands there', () => {
    for (const odd of [')', '))', '-', '--a', '- a', '"', '\\', '(', '-(', ':', 'a:)', '\n\t'])
      expect(texts(odd).join('').length).toBeLessThanOrEqual(odd.length)
  })
})

it('values are read without quotes and escapes', () => {
  expect(valuesOf('"a, b",c\\,d,')).toEqual(['a, b', 'c,d', ''])
})

it.each([
  ['Pony', 'Pony'],
  ['Pony XL', '"Pony XL"'],
  ['a "b" c', '"a \\"b\\" c"'],
  ['-x', '"-x"'],
  ['model:x', '"model:x"'],
  ['OR', '"OR"'],
  ['', '""'],
  ['saber_(fate)', '"saber_(fate)"'],
])('%s is written %s', (value, text) => {
  expect(written(value)).toBe(text)
  expect(valuesOf(written(value))).toEqual([value])
})

describe('changing a query', () => {
  it('takes a word out together with the OR that belongs to it', () => {
    expect(withoutWord('a OR b c', 0)).toBe('b c')
    expect(withoutWord('a OR b', 2)).toBe('a')
    expect(withoutWord('a OR b OR c', 2)).toBe('a OR c')
    expect(withoutWord('a', 0)).toBe('')
  })

  it('adds a condition to all alternatives', () => {
    expect(withTerm('', 'kind:video')).toBe('kind:video')
    expect(withTerm('sky ', 'kind:video')).toBe('sky kind:video')
    expect(withTerm('sky OR sea', 'kind:video')).toBe('(sky OR sea) kind:video')
  })

  it('writes a quick filter in the place where it stood', () => {
    expect(withValues('kind:image sky', 'kind', ['video'])).toBe('kind:video sky')
    expect(withValues('a kind:image sky type:video', 'kind', [])).toBe('a sky')
    expect(withValues('sky', 'rating', ['pg', 'r'])).toBe('sky rating:pg,r')
    expect(withValues('-kind:video', 'kind', ['image'])).toBe('-kind:video kind:image')
    expect(withValues('a OR kind:image', 'kind', ['video'])).toBe(
      '(a OR kind:image) kind:video',
    )
  })

  it('knows what a quick filter has chosen', () => {
    expect(chosenValues('kind:Image,video sky', 'kind')).toEqual(['image', 'video'])
    expect(chosenValues('-kind:image', 'kind')).toEqual([])
    expect(chosenValues('kind:image OR sky', 'kind')).toEqual([])
  })
})

describe('the word at the cursor', () => {
  it('ends at the cursor', () => {
    expect(wordAt('sky mod', 7)).toMatchObject({ text: 'mod', start: 4 })
    expect(wordAt('model:Pony', 8)).toMatchObject({ field: 'model', value: 'Po' })
    expect(wordAt('sky ', 4)).toBeNull()
    expect(wordAt('', 0)).toBeNull()
  })

  it('is found inside brackets that are still open', () => {
    expect(wordAt('-(a OR mod', 10)).toMatchObject({ text: 'mod', start: 7, end: 10 })
    expect(wordAt('(a)', 3)).toBeNull()
  })
})
