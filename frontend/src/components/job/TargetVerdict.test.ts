import { i18n } from '@/i18n'
import { messages as en } from '@/locales/en'
import { messages as zh } from '@/locales/zh'
import type { Target } from '@/api/targets'
import { aTarget } from '@/testing/targets'
import { mount } from '@vue/test-utils'
import { createMemoryHistory, createRouter } from 'vue-router'
import { beforeAll, afterEach, expect, it } from 'vitest'
import TargetVerdict from './TargetVerdict.vue'
import { judge } from './verdict'

const page = { template: '<i />' }
const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: '/', component: page },
    { path: '/settings', name: 'settings', component: page },
  ],
})

function verdict(
  said: Partial<Target>,
  props: { lacksKey?: boolean; canCheck?: boolean } = {},
) {
  const target = aTarget(said)
  return mount(TargetVerdict, {
    props: { target, judged: judge(target, []), isStarting: false, lacksKey: false, ...props },
    global: { plugins: [i18n, router] },
  })
}
const text = (wrapper: ReturnType<typeof verdict>) => wrapper.text().replace(/\s+/g, ' ')

beforeAll(() => {
  i18n.global.setLocaleMessage('en', en as never)
  i18n.global.setLocaleMessage('zh', zh as never)
})
afterEach(() => {
  i18n.global.locale.value = 'en'
})

it.each<[Partial<Target>, string, string]>([
  [{ verdict: 'never_listed' }, 'nobody knows how much is missing', 'Download'],
  [{ verdict: 'listing' }, 'The listing was interrupted', 'Resume'],
  [
    { verdict: 'gaps', gaps: 2 },
    '2 lists did not come to their end',
    'List again by other ways',
  ],
  [{ verdict: 'failed', failed: 1 }, 'one could not be fetched', 'Retry'],
  [{ verdict: 'waiting', new: 1200 }, '1,200 are not fetched yet', 'Download'],
])('says %o in a sentence, with one button', async (said, sentence, button) => {
  const shown = verdict(said)
  expect(text(shown)).toContain(sentence)
  expect(shown.findAll('button, a').map((one) => one.text())).toEqual([button])
  await shown.get('button').trigger('click')
  expect(shown.emitted('mend')).toHaveLength(1)
})

it('has nothing to press where everything is there', () => {
  const shown = verdict({ verdict: 'complete' })
  expect(text(shown)).toContain('You have everything. checked')
  expect(shown.findAll('button, a')).toEqual([])
  expect(verdict({ verdict: 'complete' }, { canCheck: true }).text()).toContain('Check again')
})

it('says what is out of reach, and where a key goes', () => {
  const limited = { verdict: 'limited', hidden: 7 } as const
  const shown = verdict(limited, { lacksKey: true })
  expect(text(shown)).toContain('The site keeps 7 back.')
  expect(shown.get('a').attributes('href')).toBe('/settings?section=sites')
  expect(verdict(limited).find('a').exists()).toBe(false)
})

it('speaks Chinese', () => {
  i18n.global.locale.value = 'zh'
  const shown = verdict({ verdict: 'failed', failed: 3 })
  expect(text(shown)).toBe('已全部列出，但有 3 个无法下载。重试')
})
