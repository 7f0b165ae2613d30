import { ApiError } from '@/api/client'
import { listConversions, undoConversion, type ConversionBatch } from '@/api/conversions'
import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { useJobsStore } from '@/stores/jobs'
import { aJob } from '@/testing/jobs'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import HistoryPane from './HistoryPane.vue'

vi.mock('@/api/conversions')

const batch = (said: Partial<ConversionBatch> = {}): ConversionBatch => ({
  id: 7,
  job_id: 3,
  title: 'Convert 1200 artworks',
  options: { format: 'webp', quality: 85, lossless: false, originals: 'trash' },
  ended_at: '2026-08-01T10:00:00+00:00',
  undone_at: null,
  files: 1200,
  bytes_before: 1024 ** 3,
  bytes_after: 1024 ** 3 / 4,
  restorable: 1200,
  ...said,
})

async function history(...batches: ConversionBatch[]) {
  vi.mocked(listConversions).mockResolvedValue({ batches, next_cursor: null })
  const pinia = createPinia()
  setActivePinia(pinia)
  const wrapper = mount(HistoryPane, {
    attachTo: document.body,
    global: { plugins: [pinia, i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] },
  })
  await flushPromises()
  return wrapper
}
const dialog = () => document.querySelector('[role="dialog"]')
async function press(name: string) {
  const found = [...dialog()!.querySelectorAll('button')].find(
    (one) => one.textContent?.trim() === name,
  )!
  found.click()
  await flushPromises()
}

beforeEach(() => {
  document.body.replaceChildren()
  i18n.global.setLocaleMessage('en', messages as never)
  vi.mocked(undoConversion).mockReset()
})

it('says what each conversion did and saved', async () => {
  const shown = await history(batch(), batch({ id: 6, undone_at: '2026-08-02T10:00:00+00:00' }))
  const [newest, undone] = shown.findAll('[data-testid="batch"]')
  expect(newest!.text()).toContain('1,200 files')
  expect(newest!.text()).toContain('WebP · quality 85 · originals in the trash')
  expect(newest!.text()).toContain('75%768 MiB saved')
  expect(undone!.text()).toContain('taken back')
  expect(undone!.find('button').exists()).toBe(false)
  expect(shown.get('header').text()).toContain('768 MiB saved') // without what was taken back
  shown.unmount()
})

it('says before an undo what happens, and after it what could not be taken back', async () => {
  const shown = await history(batch({ restorable: 1199 }))
  vi.mocked(undoConversion).mockResolvedValue({
    files: 1198,
    stuck: 2,
    batch: batch({ restorable: 1 }),
  })
  await shown.get('[data-testid="batch"] button').trigger('click')
  expect(dialog()!.textContent).toContain('Take back 1,199 converted files?')
  expect(dialog()!.textContent).toContain('out of the trash')
  expect(dialog()!.textContent).toContain('converted files are deleted')
  expect(dialog()!.textContent).toContain('One file stays converted')
  await press('Undo')
  expect(undoConversion).toHaveBeenCalledWith(7)
  expect(dialog()).toBeNull()
  expect(shown.text()).toContain('2 files stayed converted')
  shown.unmount()
})

it('keeps the question open with the reason when an undo fails', async () => {
  const shown = await history(batch())
  const away = new ApiError('root_offline', 'The disk of the library is away.', 503)
  vi.mocked(undoConversion).mockRejectedValue(away)
  await shown.get('[data-testid="batch"] button').trigger('click')
  await press('Undo')
  expect(dialog()!.textContent).toContain('The disk of the library is away.')
  shown.unmount()
})

it('offers no undo while the job goes on, nor where nothing can come back', async () => {
  const options = { originals: 'delete' } as const
  const shown = await history(batch(), batch({ id: 6, job_id: 2, restorable: 0, options }))
  useJobsStore().put(aJob({ id: 3, kind: 'convert' }))
  await flushPromises()
  const [running, deleted] = shown.findAll('[data-testid="batch"]')
  expect(running!.get('button').attributes('disabled')).toBeDefined()
  expect(deleted!.find('button').exists()).toBe(false)
  expect(deleted!.text()).toContain('Originals were deleted')
  shown.unmount()
})

it('is read again when a job over the library ends', async () => {
  const shown = await history()
  expect(shown.text()).toContain('Nothing has been converted yet.')
  vi.mocked(listConversions).mockResolvedValue({ batches: [batch()], next_cursor: null })
  useJobsStore().put(aJob({ id: 3, kind: 'convert', state: 'completed' }))
  await flushPromises()
  expect(shown.text()).toContain('1,200 files')
  shown.unmount()
})
