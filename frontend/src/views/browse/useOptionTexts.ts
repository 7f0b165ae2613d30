import { useFormat } from '@/composables/useFormat'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { SINCE, type useOptions } from './useOptions'

/** Every option that was changed, in words. */
export function useOptionTexts({ changed, filters, then, url }: ReturnType<typeof useOptions>) {
  const { t } = useI18n()
  const format = useFormat()

  const words = {
    rating: () => filters.value.ratings.join(', '),
    type: () => t(`browse.types.${url.type.value}`),
    since: () => {
      const since = filters.value.since
      const isSpan = (SINCE as readonly string[]).includes(since)
      return isSpan ? t(`browse.since.${since}`) : t('browse.chips.since', { date: since })
    },
    with: () => t('browse.chips.with', { tags: filters.value.with_tags.join(', ') }),
    without: () => t('browse.chips.without', { tags: filters.value.without_tags.join(', ') }),
    until: () => t('browse.chips.until', { date: filters.value.until }),
    size: () => t('browse.chips.size', { size: filters.value.min_size }),
    prompt: () => t('browse.chips.prompt', { words: filters.value.with_prompt.join(', ') }),
    noprompt: () =>
      t('browse.chips.noprompt', { words: filters.value.without_prompt.join(', ') }),
    permodel: () => t('browse.chips.permodel', { n: format.number(url.permodel.value) }),
    max: () => t('browse.chips.max', { n: format.number(url.max.value) }),
    workers: () => t('browse.chips.workers', { n: url.workers.value }, url.workers.value),
    quality: () => t('browse.quality.sd'),
    then: () => then.value.map((stage) => t(`browse.then.${stage}`)).join(', '),
  }
  return computed(() => changed.value.map((name) => ({ name, text: words[name]() })))
}
