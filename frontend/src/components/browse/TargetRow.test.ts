import type { ReadLine } from '@/api/browse'
import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { h } from 'vue'
import { beforeAll, expect, it } from 'vitest'
import TargetRow from './TargetRow.vue'

const HOSTILE = '<img src=x onerror=alert(1)>'
const target = (value: string) => ({
  key: `civitai:user:${value}`,
  site: 'civitai',
  kind: 'user',
  value,
  title: value,
})
const line = (value: string): ReadLine => ({
  text: value,
  target: target(value),
  message: null,
  advice: null,
})
const COUNTS = { listed: 120, have: 100, new: 15, skipped: 2, failed: 3, gone: 0, gaps: 1 }

function row(props: Partial<InstanceType<typeof TargetRow>['$props']>) {
  const all = {
    line: line('lena'),
    siteTitle: 'Civitai',
    ledger: null,
    estimate: null,
    judged: null,
    lacksKey: false,
    isStarting: false,
    problem: null,
    isSeen: false,
    canChoose: false,
    ...props,
  }
  const wrapper = mount(TooltipProvider, {
    slots: { default: () => h(TargetRow, all) },
    global: { plugins: [i18n] },
  })
  return wrapper.findComponent(TargetRow)
}
const text = (wrapper: ReturnType<typeof row>) => wrapper.text().replace(/\s+/g, ' ')

beforeAll(() => i18n.global.setLocaleMessage('en', messages as never))

it('says what was understood', () => {
  expect(text(row({}))).toContain('User lena on Civitai')
})

it('shows what is known, and why', async () => {
  const ledger = {
    title: 'Lena paints',
    targetId: 4,
    counts: COUNTS,
    claims: 3412,
    unreachable: ['Ratings X and XXX need a key.'],
    line: null,
  }
  const shown = row({ ledger })
  expect(text(shown)).toContain('Lena paints')
  expect(text(shown)).toContain('3,412')
  expect(text(shown)).toContain('gaps 1')
  expect(text(shown)).toContain('Ratings X and XXX need a key.')
  await shown.findAll('button').at(-1)!.trigger('click')
  expect(shown.emitted('why')).toHaveLength(1)
})

it('invents no ledger for what was never asked for', () => {
  const ledger = {
    title: null,
    targetId: null,
    counts: null,
    claims: 12,
    unreachable: [],
    line: null,
  }
  expect(text(row({ ledger }))).not.toContain('listed')
})

it('says what is wrong with a line, and the way out', () => {
  const wrong = { text: 'x', target: null, message: 'No site takes it.', advice: 'Try y.' }
  expect(row({ line: wrong }).get('[role=alert]').text()).toContain('Try y.')
})

it('shows hostile names as text', () => {
  const ledger = {
    title: HOSTILE,
    targetId: 1,
    counts: COUNTS,
    claims: null,
    unreachable: [HOSTILE],
    line: null,
  }
  const shown = row({ line: line(HOSTILE), ledger, canChoose: true })
  expect(shown.text()).toContain(HOSTILE)
  expect(shown.find('img').exists()).toBe(false)
})
