import { inApp } from '@/testing/inApp'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  allShortcuts,
  useShortcutLayer,
  useShortcutListener,
  useShortcuts,
  type Shortcut,
} from './useShortcuts'

const shortcut = (keys: string | string[], run: () => void, more: Partial<Shortcut> = {}) => ({
  keys,
  run,
  label: () => 'label',
  group: () => 'group',
  ...more,
})
const ends: (() => void)[] = []
const use = (...shortcuts: Shortcut[]) => ends.push(inApp(() => useShortcuts(shortcuts)).end)

beforeEach(() => ends.push(inApp(useShortcutListener).end))
afterEach(() => {
  ends.splice(0).forEach((end) => end())
  document.body.replaceChildren()
})

function press(
  key: string,
  modifiers: KeyboardEventInit = {},
  target: Element = document.body,
) {
  const event = new KeyboardEvent('keydown', {
    key,
    bubbles: true,
    cancelable: true,
    ...modifiers,
  })
  target.dispatchEvent(event)
  return event
}

it('runs what its key says, and nothing after its component is gone', () => {
  const run = vi.fn()
  use(shortcut('j', run))
  expect(press('j').defaultPrevented).toBe(true)
  ends.pop()!()
  press('j')
  expect(run).toHaveBeenCalledOnce()
})

it('knows keys one after the other, and takes the second for its own after another', () => {
  const [tabs, blur] = [vi.fn(), vi.fn()]
  use(shortcut('g b', tabs), shortcut('b', blur))
  press('g')
  press('b')
  press('b')
  expect([tabs.mock.calls.length, blur.mock.calls.length]).toEqual([1, 1])
})

it('leaves the keys to a text field, but not Ctrl+K', () => {
  const [plain, palette] = [vi.fn(), vi.fn()]
  use(shortcut('b', plain), shortcut('ctrl+k', palette))
  const input = document.body.appendChild(document.createElement('input'))
  press('b', {}, input)
  press('k', { ctrlKey: true }, input)
  expect([plain.mock.calls.length, palette.mock.calls.length]).toEqual([0, 1])
})

it('lets the newer of two have the key', () => {
  const [older, newer] = [vi.fn(), vi.fn()]
  use(shortcut('p', older))
  use(shortcut('p', newer))
  press('p')
  expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1])
})

it('is deaf beneath a dialog, but for what works everywhere', () => {
  const [beneath, everywhere] = [vi.fn(), vi.fn()]
  use(shortcut('j', beneath), shortcut('b', everywhere, { everywhere: true }))
  const { end } = inApp(useShortcutLayer)
  press('j')
  press('b')
  end()
  press('j')
  expect([beneath.mock.calls.length, everywhere.mock.calls.length]).toEqual([1, 1])
})

it('neither runs nor lists what is off', () => {
  const run = vi.fn()
  use(shortcut('p', run, { isOff: () => true }), shortcut('x', run))
  press('p')
  expect(run).not.toHaveBeenCalled()
  expect(allShortcuts.value.map((one) => one.keys)).toEqual(['x'])
})

it('tells ? by its sign and Shift+A by its keys', () => {
  const [help, all] = [vi.fn(), vi.fn()]
  use(shortcut('?', help), shortcut('shift+a', all))
  press('?', { shiftKey: true })
  press('A', { shiftKey: true })
  expect([help.mock.calls.length, all.mock.calls.length]).toEqual([1, 1])
})

it('leaves every key to a menu that is open', () => {
  const run = vi.fn()
  use(shortcut('escape', run), shortcut('p', run))
  const menu = document.createElement('div')
  menu.setAttribute('role', 'menu')
  const item = menu.appendChild(document.createElement('button'))
  document.body.append(menu)
  for (const target of [menu, item]) {
    expect(press('Escape', {}, target).defaultPrevented).toBe(false)
    press('p', {}, target)
  }
  expect(run).not.toHaveBeenCalled()
  press('Escape')
  expect(run).toHaveBeenCalledOnce()
})
