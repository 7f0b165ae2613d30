import { createI18n } from 'vue-i18n'

export const LANGUAGES = { en: 'English', zh: '简体中文' } as const
export type Language = keyof typeof LANGUAGES

/** One chunk for each language; each view owns a file in `locales/<language>/`. */
const catalogues = {
  en: () => import('./locales/en'),
  zh: () => import('./locales/zh'),
}

export const i18n = createI18n({ legacy: false, locale: 'en' })

/** The language that the browser prefers, of those we speak. */
export function systemLanguage(preferred: readonly string[] = navigator.languages): Language {
  const ours = preferred.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES)
  return (ours ?? 'en') as Language
}

export async function speak(language: Language): Promise<void> {
  const { messages } = await catalogues[language]()
  i18n.global.setLocaleMessage(language, messages as never)
  i18n.global.locale.value = language as never
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : language
}
