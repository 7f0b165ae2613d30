import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TooltipProvider } from 'reka-ui'
import { h, nextTick, shallowRef } from 'vue'
import SearchBox from './SearchBox.vue'

beforeEach(() => {
  vi.useFakeTimers()
  i18n.global.setLocaleMessage('en', messages as never)
})
afterEach(() => void vi.useRealTimers())

function opened(query = '', problem: string | null = null) {
  const seen = shallowRef({ model: ['Pony XL'] })
  const asked: string[] = []
  const typed: string[] = []
  const wrapper = mount(
    () =>
      h(TooltipProvider, () =>
        h(SearchBox, {
          query,
          problem,
          seen: seen.value,
          onAsk: (text: string) => asked.push(text),
          onType: (text: string) => typed.push(text),
        }),
      ),
    { global: { plugins: [i18n] }, attachTo: document.body },
  )
  const input = wrapper.get('input')
  const options = () => wrapper.findAll('[role=option]').map((option) => option.text())
  return { wrapper, input, options, seen, asked, typed }
}

it('asks after a pause, and at once for Enter', async () => {
  const { input, asked, typed } = opened()
  await input.setValue('sky')
  expect(typed).toEqual([])
  vi.advanceTimersByTime(400)
  expect(typed).toEqual(['sky'])
  await input.setValue('sky sea')
  await input.trigger('keydown', { key: 'Enter' })
  vi.advanceTimersByTime(400)
  expect(asked).toEqual(['sky sea'])
  expect(typed).toEqual(['sky'])
})

it('does not ask about half a word', async () => {
  const { input, typed } = opened()
  await input.setValue('model:')
  vi.advanceTimersByTime(400)
  expect(typed).toEqual([])
})

it('proposes fields and values, by keyboard', async () => {
  const { input, options, asked } = opened()
  await input.setValue('mo')
  expect(options()).toEqual(['model:model, version or base model'])
  await input.trigger('keydown', { key: 'ArrowDown' })
  expect(input.attributes('aria-activedescendant')).toMatch(/-0$/)
  await input.trigger('keydown', { key: 'Enter' })
  await vi.advanceTimersByTimeAsync(0)
  expect(input.element.value).toBe('model:')
  expect(options()).toEqual(['model:Pony XL'])
  await input.trigger('keydown', { key: 'ArrowUp' })
  await input.trigger('keydown', { key: 'Enter' })
  await vi.advanceTimersByTimeAsync(0)
  expect(input.element.value).toBe('model:"Pony XL" ')
  expect(options()).toEqual([])
  await input.trigger('keydown', { key: 'Enter' })
  expect(asked).toEqual(['model:"Pony XL"'])
})

it('closes the proposals with Escape and leaves the box with another', async () => {
  const { input, options } = opened()
  input.element.focus()
  await input.setValue('mo')
  await input.trigger('keydown', { key: 'Escape' })
  expect(options()).toEqual([])
  expect(document.activeElement).toBe(input.element)
  await input.trigger('keydown', { key: 'Escape' })
  expect(document.activeElement).not.toBe(input.element)
})

it('says what is wrong where it was written', () => {
  const { wrapper, input } = opened('modle:x', 'There is no field modle.')
  const problem = wrapper.get('[role=alert]')
  expect(problem.text()).toBe('There is no field modle.')
  expect(input.attributes('aria-invalid')).toBe('true')
  expect(input.attributes('aria-describedby')).toBe(problem.attributes('id'))
})

it('keeps the chosen proposal when more names become known', async () => {
  const { input, options, seen } = opened()
  await input.setValue('model:p')
  await input.trigger('keydown', { key: 'ArrowDown' })
  seen.value = { model: ['Paper', 'Pony XL'] }
  await nextTick()
  expect(options()).toEqual(['model:Paper', 'model:Pony XL'])
  expect(input.attributes('aria-activedescendant')).toMatch(/-1$/)
})
