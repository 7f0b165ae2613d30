import { aJob } from '@/testing/jobs'
import { expect, it } from 'vitest'
import { amountLeft, estimate } from './estimate'
import type { Ledger } from './useLedgers'

const ledger = (counts: Ledger['counts'], claims: number | null = null): Ledger => ({
  title: null,
  targetId: 1,
  counts,
  claims,
  unreachable: [],
  line: null,
})
const COUNTS = { listed: 500, have: 90, new: 400, skipped: 3, failed: 4, gone: 3, gaps: 0 }
const STATUS = { bytes: 100_000_000, downloaded: 100 }

it('goes by what is listed and not here yet, else by what the site says there is', () => {
  expect(amountLeft(ledger(COUNTS, 3412))).toBe(400)
  expect(amountLeft(ledger(null, 3412))).toBe(3412)
  expect(amountLeft(ledger({ ...COUNTS, listed: 0, new: 0 }, 3412))).toBe(3412)
  expect(amountLeft(ledger(null))).toBeNull()
})

it('says how much and how long, by what came so far', () => {
  const done = aJob({
    id: 1,
    state: 'completed',
    done: 200,
    started_at: '2026-08-01T10:00:00Z',
    ended_at: '2026-08-01T10:01:40Z',
  })
  expect(estimate(ledger(COUNTS), STATUS, [done])).toEqual({ bytes: 400_000_000, seconds: 200 })
})

it('goes by what runs now rather than by what ran before', () => {
  const running = aJob({ id: 2, items_per_s: 4 })
  expect(estimate(ledger(COUNTS), STATUS, [running])!.seconds).toBe(100)
})

it('says nothing that it cannot know', () => {
  expect(estimate(ledger(COUNTS), { bytes: 5, downloaded: 3 }, [])).toBeNull()
  expect(estimate(ledger({ ...COUNTS, new: 0 }), STATUS, [])).toBeNull()
  expect(estimate(ledger(COUNTS), null, [])).toBeNull()
  expect(estimate(ledger(COUNTS), STATUS, [])!.seconds).toBeNull()
})
