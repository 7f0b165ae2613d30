import { mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { expect, it, vi } from 'vitest'
import { h } from 'vue'
import UiIconButton from './UiIconButton.vue'

it('hands clicks and attributes on to its button', async () => {
  const onClick = vi.fn()
  const wrapper = mount(TooltipProvider, {
    slots: { default: () => h(UiIconButton, { label: 'Pause', onClick, 'data-x': '1' }) },
  })
  const button = wrapper.get('button')
  await button.trigger('click')
  expect(onClick).toHaveBeenCalledOnce()
  expect(button.attributes()).toMatchObject({ 'aria-label': 'Pause', 'data-x': '1' })
})
