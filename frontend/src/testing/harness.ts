import { i18n } from '@/i18n'
import { messages } from '@/locales/en'
import { VueQueryPlugin, QueryClient } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { defineComponent } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

/** Run a composable as a view does, at an address; `router` shows what it made of the address. */
export async function runAt<T>(address: string, use: () => T) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:rest(.*)*', component: { template: '<i />' } }],
  })
  await router.push(address)
  i18n.global.setLocaleMessage('en', messages as never)
  let found!: T
  const Host = defineComponent({
    setup() {
      found = use()
      return () => null
    },
  })
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const wrapper = mount(Host, {
    global: { plugins: [router, createPinia(), i18n, [VueQueryPlugin, { queryClient }]] },
  })
  return { ...wrapper, found, router, end: () => wrapper.unmount() }
}
