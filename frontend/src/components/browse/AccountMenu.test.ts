import type { KeyChecked } from '@/api/settings'
import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { beforeAll, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import AccountMenu from './AccountMenu.vue'

const SITE = {
  name: 'civitai',
  title: 'Civitai',
  kinds: ['user', 'liked'],
  has_key: true,
  can_use_key: true,
  needs_key: false,
  has_user: false,
  is_booru: false,
  is_own: false,
  note: '',
}
const GOOD: KeyChecked = {
  is_valid: true,
  text: 'Works, as lena. Sees: PG, PG-13.',
  user: 'lena',
  sees: ['PG', 'PG-13'],
  note: 'It may not read your collections.',
}

function menu(props: Partial<InstanceType<typeof AccountMenu>['$props']>) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:all(.*)*', component: { template: '<p />' } }],
  })
  return mount(AccountMenu, {
    props: { site: SITE, report: GOOD, error: null, isDemo: false, open: true, ...props },
    global: {
      plugins: [i18n, router],
      stubs: { UiPopover: { template: '<div><slot name="trigger" /><slot /></div>' } },
    },
  })
}
const choices = (shown: ReturnType<typeof menu>) => shown.get('ul').findAll('button')
const areOff = (shown: ReturnType<typeof menu>) =>
  choices(shown).every((button) => button.attributes('disabled') !== undefined)

beforeAll(() => i18n.global.setLocaleMessage('en', messages as never))

it('says what the key can see, and asks for its account by name', async () => {
  const shown = menu({})
  expect(shown.get('[role=status]').text()).toBe(
    "Your key is lena's. It sees PG, PG-13. It may not read your collections.",
  )
  for (const button of choices(shown)) await button.trigger('click')
  expect(shown.emitted('choose')).toEqual([
    ['civitai:user:lena'],
    ['civitai:liked:lena'],
    ['civitai:followed:lena'],
    ['civitai:collections:lena'],
    ['civitai:generator:lena'],
  ])
  expect(shown.emitted('update:open')).toContainEqual([false])
})

it('without a key offers nothing but the way to set one', () => {
  const shown = menu({ site: { ...SITE, has_key: false }, report: null })
  expect(areOff(shown)).toBe(true)
  expect(shown.get('a').attributes('href')).toBe('/settings?section=sites')
  expect(shown.text()).not.toContain('demo-key')
})

it('tells the key of the sample site there', () => {
  const shown = menu({ site: { ...SITE, has_key: false }, report: null, isDemo: true })
  expect(shown.text()).toContain('demo-key')
})

it('waits for the answer of the site, and shows a refusal', () => {
  expect(areOff(menu({ report: null }))).toBe(true)
  const refused = { ...GOOD, is_valid: false, text: 'Civitai does not accept this key.' }
  const shown = menu({ report: refused })
  expect(areOff(shown)).toBe(true)
  expect(shown.get('[role=alert]').text()).toContain(refused.text)
})
