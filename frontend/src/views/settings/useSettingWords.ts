import type { Setting } from '@/api/settings'
import { useFormat } from '@/composables/useFormat'
import { useI18n } from 'vue-i18n'

export const isBytes = (setting: Setting) => setting.name === 'disk.keep_free'

/** Values of settings as people read them. */
export function useSettingWords() {
  const { t } = useI18n()
  const format = useFormat()

  return (setting: Setting, value: unknown): string => {
    if (value === null || value === undefined || value === '') return t('settings.noDefault')
    if (typeof value === 'boolean') return t(value ? 'settings.yes' : 'settings.no')
    if (Array.isArray(value)) return value.join(', ')
    if (typeof value !== 'number') return String(value)
    return isBytes(setting) ? format.bytes(value) : format.number(value)
  }
}
