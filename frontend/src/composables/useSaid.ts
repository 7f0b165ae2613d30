import catalogue from '@/locales/en/said.json?raw' // as text: catalogues are compiled
import { useI18n } from 'vue-i18n'

const said = JSON.parse(catalogue) as Record<string, string>
const plain = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
const patterns = Object.entries(said).map(([key, text]) => {
  const source = plain(text).replace(/\{(\w+)\}/g, '(?<$1>.+?)')
  return { key, pattern: new RegExp(`^${source}$`) }
})

/**
 * A sentence about a target that the server keeps in English, in the language of the page. One
 * that nobody here knows stays as it is.
 */
export function useSaid() {
  const { t } = useI18n()
  return (sentence: string): string => {
    for (const { key, pattern } of patterns) {
      const found = pattern.exec(sentence)
      if (found) return t(`said.${key}`, { ...found.groups })
    }
    return sentence
  }
}
