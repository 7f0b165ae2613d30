import { useI18n } from 'vue-i18n'

/**
 * What a reason code means and what to do about it, in the language of the page. `said` are the
 * server's own words, for a code that only it knows.
 */
export function useReasonWords() {
  const { t, te } = useI18n()
  const word = (key: string, said: string) => (te(key) ? t(key) : said)
  return {
    title: (reason: string, said = reason) => word(`reasons.${reason}.title`, said),
    advice: (reason: string, said: string) => word(`reasons.${reason}.text`, said),
  }
}
