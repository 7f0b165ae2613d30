import { useI18n } from 'vue-i18n'

const STAGES = ['download', 'examine', 'tagging', 'embed', 'convert']

/** Fields and values of the search language as a person says them. */
export function useValueWords() {
  const { t, te } = useI18n()

  const fieldOf = (field: string): string =>
    te(`database.facets.fields.${field}`) ? t(`database.facets.fields.${field}`) : field

  function valueOf(field: string, value: string): string {
    if (field === 'stars') return '★'.repeat(Number(value)) || t('database.marks.noStars')
    if (field === 'favourite') return t(`database.facets.${value === 'yes' ? 'yes' : 'no'}`)
    if (!value) return t('database.facets.unknown')
    if (field === 'download' && te(`database.filters.statuses.${value}`))
      return t(`database.filters.statuses.${value}`)
    if (STAGES.includes(field) && te(`database.stage.${value}`))
      return t(`database.stage.${value}`)
    if (field === 'kind' && te(`database.kinds.${value}`)) return t(`database.kinds.${value}`)
    return value
  }

  return { fieldOf, valueOf }
}
