import { checkFolder } from '@/api/settings'
import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import FolderCheck from './FolderCheck.vue'

vi.mock('@/api/settings')

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
  const wrapper = mount(FolderCheck, {
    props: { path: '/pictures/old' },
    global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] },
  })
  await flushPromises()
  return wrapper
}

it('names the command that takes over what an earlier program left', async () => {
  const found = await shown(true)
  expect(found.text()).toContain('Folders of an earlier program lie here.')
  expect(found.find('code').text()).toBe('artkeep db adopt "/pictures/old"')
})

it('says nothing of it about other folders', async () => {
  expect((await shown(false)).find('code').exists()).toBe(false)
})
