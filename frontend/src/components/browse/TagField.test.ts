import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { mount } from '@vue/test-utils'
import { beforeAll, expect, it } from 'vitest'
import TagField from './TagField.vue'

beforeAll(() => i18n.global.setLocaleMessage('en', messages as never))

function field(words: string[] = []) {
  const wrapper = mount(TagField, {
    props: {
      label: 'Tags',
      placeholder: '',
      modelValue: words,
      'onUpdate:modelValue': (now: string[]) => wrapper.setProps({ modelValue: now }),
    },
    global: { plugins: [i18n] },
  })
  const input = wrapper.get('input')
  return {
    words: () => wrapper.props('modelValue'),
    type: (text: string) => input.setValue(text),
    press: (key: string) => input.trigger('keydown', { key }),
    leave: () => input.trigger('blur'),
    remove: () => wrapper.get('[aria-label="Remove sky"]').trigger('click'),
  }
}

it('takes a word with Enter, a comma, or on leaving, each once and in lower case', async () => {
  const tags = field()
  await tags.type('Sky')
  await tags.press('Enter')
  await tags.type('sky, Blue Sea')
  await tags.press(',')
  await tags.type('moon')
  await tags.leave()
  expect(tags.words()).toEqual(['sky', 'blue sea', 'moon'])
})

it('takes the last one back with Backspace, but not while somebody types', async () => {
  const tags = field(['sky', 'sea'])
  await tags.type('m')
  await tags.press('Backspace')
  expect(tags.words()).toEqual(['sky', 'sea'])
  await tags.type('')
  await tags.press('Backspace')
  expect(tags.words()).toEqual(['sky'])
  await tags.remove()
  expect(tags.words()).toEqual([])
})
