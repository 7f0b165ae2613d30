import type { TagOverview } from '@/api/tags'
import { expect, it } from 'vitest'
import { artworksPerS, gaugeShare, loginOf, standingParts } from './standing'

const anOverview = (said: Partial<TagOverview>): TagOverview => ({
  artworks: 100,
  due: 0,
  none: 0,
  queued: 0,
  done: 0,
  failed: 0,
  oldest_at: null,
  newest_at: null,
  ...said,
})
const amounts = (said: Partial<TagOverview>) =>
  Object.fromEntries(standingParts(anOverview(said)).map(({ name, amount }) => [name, amount]))

it('shows what has its tags, what waits and what failed, and leaves out what is empty', () => {
  expect(amounts({ due: 40, none: 30, queued: 7, failed: 3, done: 60 })).toEqual({
    done: 60,
    waiting: 37,
    failed: 3,
  })
  expect(amounts({ done: 100 })).toEqual({ done: 100 })
})

it('tells apart what has tags and is asked for again', () => {
  expect(amounts({ due: 55, none: 30, done: 70 })).toEqual({
    done: 45,
    again: 25,
    waiting: 30,
  })
  expect(amounts({ due: 100, none: 30, done: 70 })).toEqual({ again: 70, waiting: 30 })
})

it('never counts below nothing while a run moves between two looks', () => {
  expect(amounts({ due: 20, none: 30, done: 70 })).toEqual({ done: 70, waiting: 30 })
})

it('fills the bar with shares of the whole, and nothing when there is nothing', () => {
  const parts = standingParts(anOverview({ due: 55, none: 25, failed: 5, done: 70 }))
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  expect(standingParts(anOverview({ artworks: 0 }))).toEqual([])
})

it('shows a slowed limiter as a part of its normal rate, and no needle where none is', () => {
  expect(gaugeShare(0.25, 1)).toBe(0.25)
  expect(gaugeShare(3, 1)).toBe(1)
  expect(gaugeShare(null, 1)).toBe(null)
  expect(gaugeShare(1, 0)).toBe(null)
})

it('knows that a call is about many artworks and a page about one', () => {
  expect(artworksPerS(2, 20, 'page')).toBe(40)
  expect(artworksPerS(2, 20, 'read')).toBe(2)
})

it('tells what goes on with a login before what was once seen', () => {
  const login = { phase: 'none', detail: '', can_open: true, logged_in_at: null } as const
  const before = '2026-08-01T10:00:00+00:00'
  expect(loginOf({ login, has_cookie: false })).toBe('none')
  expect(loginOf({ login, has_cookie: true })).toBe('cookie')
  expect(loginOf({ login: { ...login, logged_in_at: before }, has_cookie: true })).toBe('done')
  const open = { ...login, phase: 'open', logged_in_at: before } as const
  expect(loginOf({ login: open, has_cookie: true })).toBe('open')
})
