import { lookAtOldData, takeOver } from '@/api/adoptions'
import { checkFolder } from '@/api/settings'
import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { useJobsStore } from '@/stores/jobs'
import { aJob } from '@/testing/jobs'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { beforeEach, expect, it, vi } from 'vitest'
import { h, type Plugin } from 'vue'
import FolderCheck from './FolderCheck.vue'

vi.mock('@/api/settings')
vi.mock('@/api/adoptions')
beforeEach(() => setActivePinia(createPinia()))

i18n.global.setLocaleMessage('en', messages as never)

async function shown(holdsOldData: boolean) {
  vi.mocked(checkFolder).mockResolvedValue({
    path: '/pictures/old',
    exists: true,
    is_writable: true,
    is_system: false,
    is_library: false,
    free_bytes: null,
    long_paths: true,
    holds_old_data: holdsOldData,
    text: 'Exists.',
  })
  const plugins = [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]]
  const wrapper = mount(
    () => h(TooltipProvider, () => h(FolderCheck, { path: '/pictures/old' })),
    { global: { plugins: plugins as Plugin[] } },
  )
  await flushPromises()
  return wrapper
}

const button = (wrapper: Awaited<ReturnType<typeof shown>>, text: string) =>
  wrapper.findAll('button').find((one) => one.text() === text)

it('says what an earlier program left, and takes it over by a job that is shown', async () => {
  vi.mocked(lookAtOldData).mockResolvedValue({
    path: '/pictures/old',
    entries: 13,
    artworks: 12,
    with_file: 8,
    without_file: 1,
    known: 3,
    left_out: [{ reason: 'no_number', text: '', count: 2, examples: ['notes.txt'] }],
  })
  vi.mocked(takeOver).mockResolvedValue(
    aJob({ id: 7, kind: 'adopt', options: { folder: '/pictures/old' }, total: null, asked: 0 }),
  )
  const found = await shown(true)
  expect(lookAtOldData).not.toHaveBeenCalled()
  await button(found, 'Look what is there')!.trigger('click')
  await flushPromises()
  expect(found.findAll('dl > div').map((one) => one.text())).toEqual([
    'with their file8',
    'without a file1',
    'known before3',
  ])
  expect(found.text()).toContain('2 no number of a picture (notes.txt)')
  await button(found, 'Take over')!.trigger('click')
  await flushPromises()
  expect(takeOver).toHaveBeenCalledWith('/pictures/old')
  expect(found.find('[role=progressbar]').exists()).toBe(true)
  expect(found.find('[aria-label=Stop]').exists()).toBe(true)
  const over = { state: 'completed', total: 9, asked: 9, done: 8, have: 1, waiting: 0 } as const
  useJobsStore().put(aJob({ id: 7, kind: 'adopt', ...over, stages: { adopt: { done: 8 } } }))
  await flushPromises()
  expect(found.find('dl').text()).toBe('done8')
})

it('offers nothing when all of it is known', async () => {
  const none = {
    entries: 3,
    artworks: 3,
    with_file: 0,
    without_file: 0,
    known: 3,
    left_out: [],
  }
  vi.mocked(lookAtOldData).mockResolvedValue({ path: '/pictures/old', ...none })
  const found = await shown(true)
  await button(found, 'Look what is there')!.trigger('click')
  await flushPromises()
  expect(button(found, 'Take over')).toBeUndefined()
  expect(found.text()).toContain('Artkeep knows all of it already.')
})

it('says nothing of it about other folders', async () => {
  expect((await shown(false)).find('section').exists()).toBe(false)
})
