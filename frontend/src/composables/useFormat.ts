import * as format from '@/format'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/** The functions of `format.ts` in the language of the page. */
export function useFormat() {
  const { locale } = useI18n()
  const tag = computed(() => (locale.value === 'zh' ? 'zh-CN' : 'en'))
  return {
    number: (value: number) => format.number(value, tag.value),
    bytes: (value: number) => format.bytes(value, tag.value),
    speed: (bytesPerS: number) => format.speed(bytesPerS, tag.value),
    rate: (perS: number) => format.rate(perS, tag.value),
    percent: (share: number) => format.percent(share, tag.value),
    duration: (seconds: number) => format.duration(seconds, tag.value),
    exact: (iso: string) => format.exact(iso, tag.value),
    clock: (iso: string) => format.clock(iso, tag.value),
    relative: (iso: string, now: number) => format.relative(iso, now, tag.value),
  }
}
