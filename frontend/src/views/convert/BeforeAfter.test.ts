import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { afterEach, beforeAll, expect, it } from 'vitest'
import BeforeAfter from './BeforeAfter.vue'

let shown: ReturnType<typeof pair>
function pair() {
  return mount(BeforeAfter, {
    attachTo: document.body,
    props: {
      before: '/media/1',
      after: '/trials/a.webp',
      name: 'cat.png',
      beforeLabel: 'PNG 2 MiB',
      afterLabel: 'WebP 1 MiB',
      width: 400,
      height: 600,
    },
    global: { plugins: [i18n] },
  })
}
const line = () => shown.get('[role="slider"]')
const now = () => line().attributes('aria-valuenow')
const sources = () => shown.findAll('img').map((one) => one.attributes('src'))
const key = (name: string, type = 'keydown', on: EventTarget = document.body) => {
  const event = new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true })
  on.dispatchEvent(event)
  return event
}

beforeAll(() => i18n.global.setLocaleMessage('en', messages as never))
afterEach(() => shown.unmount())

it('moves the line by keyboard, and not beyond its ends', async () => {
  shown = pair()
  expect(now()).toBe('50')
  await line().trigger('keydown', { key: 'ArrowRight' })
  expect(now()).toBe('52')
  await line().trigger('keydown', { key: 'PageDown' })
  expect(now()).toBe('42')
  await line().trigger('keydown', { key: 'End' })
  await line().trigger('keydown', { key: 'ArrowRight' })
  expect(now()).toBe('100')
  await line().trigger('keydown', { key: 'Home' })
  expect(now()).toBe('0')
})

it('leaves keys alone that belong to the browser', async () => {
  shown = pair()
  const back = new KeyboardEvent('keydown', {
    key: 'ArrowLeft',
    altKey: true,
    cancelable: true,
  })
  line().element.dispatchEvent(back)
  expect(back.defaultPrevented).toBe(false)
  expect(now()).toBe('50')
})

it('swaps both sides while Space is held', async () => {
  shown = pair()
  expect(sources()).toEqual(['/media/1', '/trials/a.webp'])
  expect(key(' ').defaultPrevented).toBe(true)
  await shown.vm.$nextTick()
  expect(sources()).toEqual(['/trials/a.webp', '/media/1'])
  key(' ', 'keyup')
  await shown.vm.$nextTick()
  expect(sources()).toEqual(['/media/1', '/trials/a.webp'])
})

it('does not take Space from a field or another button', async () => {
  shown = pair()
  const field = document.body.appendChild(document.createElement('input'))
  const zoom = shown.findAll('button')[1]!.element
  expect(key(' ', 'keydown', field).defaultPrevented).toBe(false)
  expect(key(' ', 'keydown', zoom).defaultPrevented).toBe(false)
  await shown.vm.$nextTick()
  expect(sources()[0]).toBe('/media/1')
  field.remove()
})

it('begins anew with another pair, and says when a sample is gone', async () => {
  shown = pair()
  await line().trigger('keydown', { key: 'End' })
  await shown.setProps({ after: '/trials/b.webp' })
  expect(now()).toBe('50')
  await shown.findAll('img')[1]!.trigger('error')
  expect(shown.get('[role="alert"]').text()).toContain('this sample is gone')
  await shown.setProps({ after: '/trials/c.webp' })
  expect(shown.find('[role="alert"]').exists()).toBe(false)
})
