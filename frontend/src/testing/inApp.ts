import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { defineComponent, h, type Plugin } from 'vue'

/** Run a composable inside a component, as it is meant to be; `end` takes the component away. */
export function inApp<T>(use: () => T, ...plugins: Plugin[]): { result: T; end: () => void } {
  let result: T | undefined
  const Host = defineComponent({
    setup() {
      result = use()
      return () => h('div')
    },
  })
  const pinia = createPinia()
  setActivePinia(pinia)
  const wrapper = mount(Host, { global: { plugins: [pinia, ...plugins] } })
  return { result: result as T, end: () => wrapper.unmount() }
}
