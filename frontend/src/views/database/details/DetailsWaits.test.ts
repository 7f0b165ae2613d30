import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import DetailsWaits from './DetailsWaits.vue'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-08-01T10:00:00Z') }))
afterEach(() => void vi.useRealTimers())

const wait = {
  stage: 'download',
  reason: 'host_paused',
  title: 'said by the server',
  detail: 'civitai.com',
  until: '2026-08-01T10:20:00+00:00',
}

it('says why an artwork waits and until when, and nothing when that is over', async () => {
  i18n.global.setLocaleMessage('en', messages as never)
  const wrapper = mount(DetailsWaits, {
    props: { waits: [wait] },
    global: { plugins: [i18n] },
  })
  expect(wrapper.text()).toContain('Download: The site is paused after many failures in a row')
  expect(wrapper.text()).toContain('It is tried again by itself in 20 minutes')
  vi.advanceTimersByTime(21 * 60_000)
  await nextTick()
  expect(wrapper.text()).toBe('')
})
