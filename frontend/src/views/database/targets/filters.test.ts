import type { Target } from '@/api/targets'
import { expect, it } from 'vitest'
import { filtersOf, filterWords } from './filters'

const target = (filters: Target['filters']) => ({ filters }) as Target

it('asks for the same again', () => {
  const filters = {
    kinds: ['video'],
    ratings: ['PG', 'PG-13'],
    since: '2026-05-01T00:00:00+00:00',
    with_tags: ['sky'],
  }
  expect(filtersOf(target(filters))).toEqual({ ...filters, since: '2026-05-01T00:00:00' })
  expect(filtersOf(target({}))).toEqual({})
})

it('asks for the same last day, smallest size and prompt again', () => {
  const filters = {
    until: '2026-06-01T00:00:00+00:00',
    min_size: '1920x1080',
    with_prompt: ['castle'],
    without_prompt: ['sketch'],
  }
  expect(filtersOf(target(filters))).toEqual({ ...filters, until: '<2026-06-01T00:00:00' })
  expect(filterWords(target(filters))).toEqual([
    '< 2026-06-01',
    '≥ 1920x1080 px',
    '+“castle”',
    '−“sketch”',
  ])
})

it('tells targets apart by what was wanted of them', () => {
  expect(filterWords(target({}))).toEqual([])
  expect(
    filterWords(
      target({
        kinds: ['video'],
        ratings: ['PG'],
        since: '2026-05-01T00:00:00+00:00',
        with_tags: ['sky'],
        without_tags: ['sea'],
      }),
    ),
  ).toEqual(['video', 'PG', '≥ 2026-05-01', '+sky', '−sea'])
})
