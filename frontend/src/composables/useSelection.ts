import { computed, ref, shallowRef, type Ref } from 'vue'

export type Key = string | number

/**
 * Which things of a list are ticked: a click on the tick toggles, Shift takes the range from the
 * last one, Ctrl+A all that are loaded. Kept by key, so reloading or sorting keeps it.
 */
export function useSelection<T>(items: Ref<readonly T[]>, keyOf: (item: T) => Key) {
  const keys = shallowRef<ReadonlySet<Key>>(new Set())
  const anchor = ref<Key | null>(null)

  const size = computed(() => keys.value.size)
  const selected = computed(() => items.value.filter((item) => keys.value.has(keyOf(item))))
  const isSelected = (item: T) => keys.value.has(keyOf(item))

  function toggle(item: T) {
    const next = new Set(keys.value)
    const key = keyOf(item)
    if (!next.delete(key)) next.add(key)
    keys.value = next
    anchor.value = key
  }

  /** A range that Shift takes begins here; nothing is ticked yet. */
  function begin(item: T) {
    anchor.value = keyOf(item)
  }

  /** Everything between the last ticked one and this one, both included. */
  function extendTo(item: T) {
    const at = (key: Key | null) => items.value.findIndex((other) => keyOf(other) === key)
    const [from, to] = [at(anchor.value), at(keyOf(item))]
    if (from < 0 || to < 0) return toggle(item)
    const range = items.value.slice(Math.min(from, to), Math.max(from, to) + 1)
    keys.value = new Set([...keys.value, ...range.map(keyOf)])
  }

  /** What a click on a tick means, with the keys that were held. */
  function click(item: T, event: Pick<MouseEvent, 'shiftKey'>) {
    if (event.shiftKey) extendTo(item)
    else toggle(item)
  }

  function selectAll() {
    keys.value = new Set(items.value.map(keyOf))
  }

  function clear() {
    keys.value = new Set()
    anchor.value = null
  }

  return { keys, size, selected, isSelected, toggle, begin, extendTo, click, selectAll, clear }
}
