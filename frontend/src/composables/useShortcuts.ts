import { computed, inject, onScopeDispose, provide, shallowRef, type InjectionKey } from 'vue'

export interface Shortcut {
  /** `j`, `?`, `ctrl+k`, `shift+a`, or one after the other: `g b`. Several: an array. */
  keys: string | string[]
  /** What it does, in the language of the page: for help, palette and menus. */
  label: () => string
  /** Heading in the help. */
  group: () => string
  run: () => void
  /** Off for now; it is neither run nor shown in the palette. */
  isOff?: () => boolean
  /** Not in the palette: moving about in a grid means nothing there. */
  isHidden?: boolean
  /** Also while a dialog is open. */
  everywhere?: boolean
}

interface Registered extends Shortcut {
  layer: symbol | null
}

const SEQUENCE_MS = 1200
const registered = shallowRef<readonly Registered[]>([])
const layers = shallowRef<readonly symbol[]>([])
const layerKey: InjectionKey<symbol | null> = Symbol('layer of shortcuts')

const keysOf = (shortcut: Shortcut) => [shortcut.keys].flat()
const topLayer = () => layers.value.at(-1) ?? null
const works = (shortcut: Registered) =>
  (shortcut.everywhere || shortcut.layer === topLayer()) && !shortcut.isOff?.()

/** Register shortcuts for as long as this component is there; of two for one key the newer wins. */
export function useShortcuts(shortcuts: Shortcut[]) {
  const layer = inject(layerKey, null)
  const mine = shortcuts.map((shortcut) => ({ ...shortcut, layer }))
  registered.value = [...registered.value, ...mine]
  onScopeDispose(() => {
    registered.value = registered.value.filter((shortcut) => !mine.includes(shortcut))
  })
}

/** A dialog is open: what lies beneath hears no keys. For `UiDialog` and the lightbox. */
export function useShortcutLayer() {
  const layer = Symbol()
  layers.value = [...layers.value, layer]
  provide(layerKey, layer)
  onScopeDispose(() => {
    layers.value = layers.value.filter((other) => other !== layer)
  })
}

/** Everything that can be pressed on the page beneath dialogs, for help and palette. */
export const allShortcuts = computed(() =>
  registered.value.filter((shortcut) => shortcut.layer === null && !shortcut.isOff?.()),
)

/** `ctrl+k`, as the registry writes it. Shift counts only where it does not make another sign. */
function written(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'space' : event.key.toLowerCase()
  const isLetter = /^[a-z]$/.test(key)
  return [
    (event.ctrlKey || event.metaKey) && 'ctrl',
    event.altKey && 'alt',
    event.shiftKey && (isLetter || key.length > 1) && 'shift',
    key,
  ]
    .filter(Boolean)
    .join('+')
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement
  if (target.isContentEditable || target.closest('textarea, select')) return true
  const input = target.closest('input')
  return input !== null && !['checkbox', 'radio', 'range', 'button'].includes(input.type)
}

const isInMenu = ({ target }: KeyboardEvent) =>
  target instanceof Element && target.closest('[role="menu"]') !== null

/** Listens to the keyboard; called once, by the app. */
export function useShortcutListener() {
  let first: { key: string; at: number } | null = null

  function press(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing) return
    if (isInMenu(event)) return // it has keys of its own; Escape closes it
    const key = written(event)
    if (isTyping(event) && !key.startsWith('ctrl+') && key !== 'escape') return
    const before = first && event.timeStamp - first.at < SEQUENCE_MS ? first.key : null
    first = null
    const candidates = registered.value.filter(works).toReversed()
    const find = (wanted: string) => candidates.find((other) => keysOf(other).includes(wanted))
    const found = (before && find(`${before} ${key}`)) || find(key)
    if (found) {
      event.preventDefault()
      found.run()
    } else if (candidates.some((other) => keysOf(other).some((k) => k.startsWith(`${key} `)))) {
      first = { key, at: event.timeStamp }
    }
  }

  window.addEventListener('keydown', press)
  onScopeDispose(() => window.removeEventListener('keydown', press))
}
