import { ref, watch, type Ref } from 'vue'

/** One row at a time, by keyboard: which index Tab reaches, and where the keys lead. */
export function useKeyboardList(count: Readonly<Ref<number>>, rowsPerPage: () => number) {
  const at = ref(0)
  watch(count, (length) => (at.value = Math.min(at.value, Math.max(0, length - 1))))

  /** The index that a key leads to; null: no key that moves. */
  function destination(key: string): number | null {
    const steps: Record<string, number> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -rowsPerPage(),
      PageDown: rowsPerPage(),
      Home: -Infinity,
      End: Infinity,
    }
    const step = steps[key]
    if (step === undefined || !count.value) return null
    return Math.min(count.value - 1, Math.max(0, at.value + step))
  }

  return { at, destination }
}
