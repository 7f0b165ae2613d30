import './styles/main.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { START_LOCATION } from 'vue-router'
import App from './App.vue'
import { i18n, speak } from './i18n'
import { queryClient } from './queries'
import { router } from './router'
import { usePrefsStore } from './stores/prefs'
import { useStatusStore } from './stores/status'

const app = createApp(App).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient })
const status = useStatusStore()
const known = status.load()
await speak(usePrefsStore().spoken)

// The first questions come before anything else, and only at the front door.
router.beforeEach(async (to, from) => {
  if (from !== START_LOCATION || to.name !== 'browse') return true
  await known
  return status.status?.is_first_start ? { name: 'welcome' } : true
})
app.use(router).mount('#app')
