import type { ColumnVisibilityState } from '@tanstack/vue-table'
import { computed } from 'vue'

/** Which columns of a table are there, when only the names of those that are shown are kept. */
export function useColumnChoice(all: readonly string[], shown: () => readonly string[]) {
  return computed<ColumnVisibilityState>(() =>
    Object.fromEntries(all.map((name) => [name, shown().includes(name)])),
  )
}
