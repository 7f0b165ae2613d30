import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { ref } from 'vue'
import UiTextField from './UiTextField.vue'

it('gives text also for numbers, and ties label and mistake to the field', async () => {
  const value = ref('5')
  const wrapper = mount(UiTextField, {
    props: {
      label: 'Workers',
      type: 'number',
      error: 'Too many',
      modelValue: value.value,
      'onUpdate:modelValue': (typed: string) => (value.value = typed),
    },
  })
  const input = wrapper.get('input')
  await input.setValue('70')
  expect(value.value).toBe('70')
  expect(wrapper.get('label').attributes('for')).toBe(input.attributes('id'))
  expect(input.attributes('aria-invalid')).toBe('true')
  expect(wrapper.get(`#${input.attributes('aria-describedby')}`).text()).toBe('Too many')
})
