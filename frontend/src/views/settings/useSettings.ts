import { changeSettings, readSettings } from '@/api/settings'
import { useToastsStore } from '@/stores/toasts'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'

/** All settings, and how to change one. */
export function useSettings() {
  const { t } = useI18n()
  const queries = useQueryClient()
  const toasts = useToastsStore()
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['settings'],
    queryFn: readSettings,
  })

  /** null restores the default. Throws ApiError. */
  async function change(values: Record<string, unknown>) {
    queries.setQueryData(['settings'], await changeSettings(values))
    // What a key or a folder changes is told by others.
    for (const queryKey of [['sites'], ['tag-method'], ['settings-of']])
      void queries.invalidateQueries({ queryKey })
    toasts.show(t('settings.saved'))
  }

  return { all: data, error, refetch, isFetching, change }
}
