import { expect, it } from 'vitest'
import { exportOf, fullest, usualChoice } from './trainingSet'

it('says what is typed as the server takes it', () => {
  const typed = { ...usualChoice(), folder: ' /sets/sky ', concept: ' sky ', repeats: '3' }
  expect(exportOf(typed)).toEqual({
    format: 'kohya',
    folder: '/sets/sky',
    concept: 'sky',
    trigger: '',
    repeats: 3,
    size: 1024,
    resize: false,
    near: 4,
    min_side: 0,
  })
  expect(exportOf({ ...typed, near: '', minSide: '' })).toMatchObject({
    near: null,
    min_side: 0,
  })
})

it('asks nothing while a number is none', () => {
  for (const repeats of ['', '0', '1e3', '-1', '2.5', '1001'])
    expect(exportOf({ ...usualChoice(), repeats })).toBeNull()
  expect(exportOf({ ...usualChoice(), minSide: 'large' })).toBeNull()
})

it('leaves out repeats and name where the trainer reads none', () => {
  const plain = { ...usualChoice(), format: 'plain' as const, concept: 'sky', repeats: '' }
  expect(exportOf(plain)).toMatchObject({ repeats: 1, concept: 'concept' })
})

it('shows the fullest buckets from wide to tall and counts the others', () => {
  const of = (width: number, height: number, pictures: number) => ({ width, height, pictures })
  const all = [of(512, 2048, 1), of(832, 1216, 30), of(1024, 1024, 20), of(1216, 832, 25)]
  expect(fullest(all, 3)).toEqual({
    shown: [of(1216, 832, 25), of(1024, 1024, 20), of(832, 1216, 30)],
    others: 1,
  })
  expect(fullest([], 3)).toEqual({ shown: [], others: 0 })
})
