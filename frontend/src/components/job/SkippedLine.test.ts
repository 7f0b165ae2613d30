import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { beforeAll, expect, it } from 'vitest'
import SkippedLine from './SkippedLine.vue'

const line = (skipped_by: Record<string, number>) =>
  mount(SkippedLine, {
    props: { target: { skipped_by }, isStarting: false },
    global: { plugins: [i18n] },
  })

beforeAll(() => i18n.global.setLocaleMessage('en', messages as never))

it('says how many were left out and why, and offers them', async () => {
  const shown = line({ filtered_rating: 1300, filtered_size: 12 })
  expect(shown.text()).toContain('1,312 left out: 1,300 another rating · 12 too small')
  await shown.get('button').trigger('click')
  expect(shown.emitted('get')).toHaveLength(1)
})

it('does not offer what was deleted, and is silent about nothing', () => {
  expect(line({ deleted_by_me: 2 }).find('button').exists()).toBe(false)
  expect(line({ deleted_by_me: 2 }).text()).toContain('2 deleted by me')
  expect(line({}).text()).toBe('')
})
