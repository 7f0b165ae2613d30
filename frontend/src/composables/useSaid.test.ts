import { i18n } from '@/i18n'
import english from '@/locales/en/said.json?raw'
import { messages as en } from '@/locales/en'
import { messages as zh } from '@/locales/zh'
import { mount } from '@vue/test-utils'
import { afterEach, expect, it } from 'vitest'
import { defineComponent } from 'vue'
import { useSaid } from './useSaid'

const CUT = 'Civitai ends such a list at about 50000.'
const PART = `${CUT} Not reached: 2024-03-01 12:10 to 2025-01-09 08:00 UTC.`

function inLanguage(language: 'en' | 'zh'): (sentence: string) => string {
  i18n.global.setLocaleMessage('en', en as never)
  i18n.global.setLocaleMessage('zh' as never, zh as never)
  i18n.global.locale.value = language as never
  let said = (sentence: string) => sentence
  const Listener = defineComponent({
    setup() {
      said = useSaid()
      return () => null
    },
  })
  mount(Listener, { global: { plugins: [i18n] } })
  return said
}
afterEach(() => {
  i18n.global.locale.value = 'en'
})

it('says what the server said in the language of the page, figures and all', () => {
  const said = inLanguage('zh')
  expect(said('The site listed nothing.')).toBe('网站没有列出任何内容。')
  expect(said(CUT)).toBe('Civitai 的此类列表大约到 50000 条就会结束。')
  expect(said(PART)).toContain('2024-03-01 12:10 to 2025-01-09 08:00')
  expect(said('HTTP 500 at <b>civitai.com</b>')).toBe('HTTP 500 at <b>civitai.com</b>')
})

it('leaves English as it is', () => {
  const said = inLanguage('en')
  for (const sentence of [CUT, PART, ...Object.values<string>(JSON.parse(english))])
    expect(said(sentence)).toBe(sentence)
})
