import { createPinia, setActivePinia } from 'pinia'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { usePrefsStore } from './prefs'

const isDark = () => document.documentElement.classList.contains('dark')
const systemIs = (dark: boolean) =>
  vi
    .spyOn(window, 'matchMedia')
    .mockImplementation(
      () => Object.assign(new EventTarget(), { matches: dark }) as unknown as MediaQueryList,
    )

beforeEach(() => {
  localStorage.clear()
  document.documentElement.className = ''
  setActivePinia(createPinia())
})
afterEach(() => vi.restoreAllMocks())

it('follows the system until somebody chooses, and remembers the choice', async () => {
  systemIs(true)
  const prefs = usePrefsStore()
  expect(isDark()).toBe(true)
  prefs.theme = 'light'
  await nextTick()
  expect(isDark()).toBe(false)
  setActivePinia(createPinia())
  expect(usePrefsStore().theme).toBe('light')
})

it('is not upset by storage that holds something else', () => {
  systemIs(false)
  localStorage.setItem('artkeep.prefs', '{broken')
  expect(usePrefsStore().theme).toBe('system')
})

it('keeps pictures blurred over a reload', async () => {
  systemIs(false)
  usePrefsStore().isBlurred = true
  await nextTick()
  document.documentElement.className = ''
  setActivePinia(createPinia())
  usePrefsStore()
  expect(document.documentElement.classList.contains('blurred')).toBe(true)
})

it.each([
  [true, undefined, true],
  [true, 'light', false],
  [false, 'dark', true],
  [false, 'system', false],
])(
  'has the same theme before the first paint: system dark %s, chosen %s',
  async (system, theme, expected) => {
    systemIs(system)
    if (theme) localStorage.setItem('artkeep.prefs', JSON.stringify({ theme }))
    // The script stands for itself in public/; here it runs as it is.
    const script = new URL(
      `data:text/javascript,${encodeURIComponent(readFileSync('public/theme.js', 'utf8'))}`,
    )
    await import(/* @vite-ignore */ `${script.href}//${system}${theme}`)
    expect(isDark()).toBe(expected)
    document.documentElement.className = ''
    usePrefsStore()
    expect(isDark()).toBe(expected)
  },
)
