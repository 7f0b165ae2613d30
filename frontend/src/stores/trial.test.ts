import { ApiError } from '@/api/client'
import { tryConversion, type Trial } from '@/api/conversions'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { useTrialStore } from './trial'

vi.mock('@/api/conversions')

const sample = (outcome: Trial['outcome']) => ({ outcome }) as Trial
const answer = (...samples: Trial[]) => ({ samples, bytes_before: 0, bytes_after: 0 })

beforeEach(() => {
  setActivePinia(createPinia())
  vi.mocked(tryConversion).mockReset()
})

it('looks at the first sample that worked, or at the first that did not', async () => {
  const trial = useTrialStore()
  vi.mocked(tryConversion).mockResolvedValue(answer(sample('skipped'), sample('done')))
  await trial.run('', {})
  expect(trial.chosen).toBe(1)
  vi.mocked(tryConversion).mockResolvedValue(answer(sample('failed')))
  await trial.run('', {})
  expect(trial.chosen).toBe(0)
})

it('tries once at a time, and the same again after an error', async () => {
  const trial = useTrialStore()
  vi.mocked(tryConversion).mockRejectedValueOnce(new ApiError('offline', 'Nobody there.'))
  await Promise.all([trial.run('format:png', { quality: 40 }), trial.run('other', {})])
  expect(tryConversion).toHaveBeenCalledTimes(1)
  expect(trial.error).toBeInstanceOf(ApiError)
  expect(trial.isBusy).toBe(false)
  vi.mocked(tryConversion).mockResolvedValue(answer(sample('done')))
  await trial.again()
  expect(tryConversion).toHaveBeenLastCalledWith('format:png', { quality: 40 }, 5)
  expect(trial.error).toBeNull()
})
