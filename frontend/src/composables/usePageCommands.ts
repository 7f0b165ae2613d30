import { TABS } from '@/components/shell/tabs'
import { LANGUAGES, type Language } from '@/i18n'
import { usePrefsStore, type Theme } from '@/stores/prefs'
import { Languages, Monitor, Moon, Sun } from '@lucide/vue'
import { computed, nextTick } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useOverlays } from './useOverlays'
import { useShortcuts } from './useShortcuts'

export const THEMES = ['system', 'light', 'dark'] as const satisfies Theme[]
const themeIcons = { system: Monitor, light: Sun, dark: Moon }
export const LANGUAGE_CHOICES = ['system', ...(Object.keys(LANGUAGES) as Language[])] as const

/** Theme and language as lists to choose from: menu, palette and settings show the same. */
export function useLookChoices() {
  const { t } = useI18n()
  const prefs = usePrefsStore()
  const themes = computed(() =>
    THEMES.map((theme) => ({
      value: theme,
      label: t(`shell.themes.${theme}`),
      icon: themeIcons[theme],
      run: () => (prefs.theme = theme),
    })),
  )
  const languages = computed(() =>
    LANGUAGE_CHOICES.map((language) => ({
      value: language,
      label: language === 'system' ? t('shell.languages.system') : LANGUAGES[language],
      icon: Languages,
      run: () => (prefs.language = language),
    })),
  )
  return { themes, languages }
}

/** The shortcuts that work on every page. */
export function usePageCommands() {
  const { isHelpOpen, isPaletteOpen } = useOverlays()
  const { t } = useI18n()
  const router = useRouter()
  const prefs = usePrefsStore()
  const page = () => t('common.groups.page')

  /** The search of this page; a page without one leads to the Database's. */
  async function search() {
    const field = () => document.querySelector<HTMLElement>('[data-search]')
    if (!field()) await router.push('/database')
    await nextTick()
    field()?.focus()
  }

  useShortcuts([
    {
      keys: '?',
      label: () => t('shell.help'),
      group: page,
      run: () => (isHelpOpen.value = true),
    },
    {
      keys: 'ctrl+k',
      label: () => t('shell.palette'),
      group: page,
      run: () => (isPaletteOpen.value = true),
      isHidden: true,
    },
    { keys: '/', label: () => t('shell.search'), group: page, run: () => void search() },
    {
      keys: 'j',
      label: () => t('shell.drawer'),
      group: page,
      run: () => (prefs.isDrawerOpen = !prefs.isDrawerOpen),
    },
    {
      keys: 'b',
      label: () => t(prefs.isBlurred ? 'shell.unblur' : 'shell.blur'),
      group: page,
      run: () => (prefs.isBlurred = !prefs.isBlurred),
      everywhere: true,
    },
    ...TABS.map((tab) => ({
      keys: `g ${tab.key}`,
      label: () => t(`shell.tabs.${tab.name}.label`),
      group: () => t('common.groups.tabs'),
      run: () => void router.push(tab.path),
    })),
  ])
}
