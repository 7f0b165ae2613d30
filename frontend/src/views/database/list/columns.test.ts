import { SORTS } from '@/api/artworks'
import { expect, it } from 'vitest'
import { columns, COLUMNS, sortingOf, sortOf } from './columns'

it('reads every order of the server as one of the table, and back', () => {
  for (const sort of SORTS) expect(sortOf(sortingOf(sort))).toBe(sort)
  expect(sortingOf('oldest')).toEqual([{ id: 'posted', desc: false }])
})

it('knows no order that the server has not', () => {
  expect(sortOf([{ id: 'stars', desc: false }])).toBeUndefined()
  expect(sortOf([{ id: 'model', desc: true }])).toBeUndefined()
  expect(sortOf([])).toBeUndefined()
})

it('offers sorting where the server can', () => {
  const sortable = columns.filter((column) => column.enableSorting).map((column) => column.id)
  expect(sortable).toEqual(['stars', 'rating', 'posted', 'size', 'added'])
  expect(columns.map((column) => column.id)).toEqual(COLUMNS.map((column) => column.name))
})
