import { usePreferredDark } from '@/composables/usePreferredDark'
import { speak, systemLanguage, type Language } from '@/i18n'
import { defineStore } from 'pinia'
import { computed, reactive, toRefs, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'artkeep.prefs'

/** Tiles in grids, px; the least width. */
export const TILE_SIZES = { min: 110, max: 420, step: 10 }

const defaults = {
  theme: 'system' as Theme,
  language: 'system' as Language | 'system',
  isBlurred: false, // the panic key `b`; kept, so that a reload does not uncover anything
  tileSize: 180, // px, the least width of a tile
  isDrawerOpen: false,
  jobColumns: ['progress', 'failed', 'speed', 'left', 'started'],
  jobSort: { id: 'started', desc: true },
  areFacetsOpen: true, // beside the list, where there is room
  foldedFacets: ['site', 'kind', 'format'] as string[],
  databaseColumns: ['state', 'model', 'rating', 'posted', 'size', 'pixels'],
}

function stored(): Partial<typeof defaults> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}')
  } catch {
    return {} // storage is off, or not ours
  }
}

/** What this browser remembers of how its user likes the page. */
export const usePrefsStore = defineStore('prefs', () => {
  const prefs = reactive({ ...defaults, ...stored() })
  const prefersDark = usePreferredDark()
  const isDark = computed(() =>
    prefs.theme === 'system' ? prefersDark.value : prefs.theme === 'dark',
  )
  const spoken = computed(() =>
    prefs.language === 'system' ? systemLanguage() : prefs.language,
  )

  watch(prefs, (now) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(now))
    } catch {
      // Storage is off: the choice lasts as long as the page.
    }
  })
  watch(isDark, (dark) => document.documentElement.classList.toggle('dark', dark), {
    immediate: true,
  })
  watch(
    () => prefs.isBlurred,
    (blurred) => document.documentElement.classList.toggle('blurred', blurred),
    { immediate: true },
  )
  watch(spoken, (language) => void speak(language))

  return { ...toRefs(prefs), isDark, spoken }
})
