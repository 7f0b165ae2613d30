import type { Job } from '@/api/jobs'
import { useColumnChoice } from '@/composables/useColumnChoice'
import { usePrefsStore } from '@/stores/prefs'
import { useTable, type SortingState, type Updater } from '@tanstack/vue-table'
import { computed, type Ref } from 'vue'
import { CHOICES, columns, features } from './jobColumns'

/** The list of jobs with the columns and in the order that this browser remembers. */
export function useJobTable(jobs: Ref<readonly Job[]>) {
  const prefs = usePrefsStore()
  const visibility = useColumnChoice(CHOICES, () => prefs.jobColumns)
  const table = useTable({
    features,
    columns,
    data: jobs,
    getRowId: (job: Job) => String(job.id),
    state: computed(() => ({ columnVisibility: visibility.value, sorting: [prefs.jobSort] })),
    defaultColumn: { sortFn: 'basic', sortUndefined: 'last' },
    sortDescFirst: true,
    enableMultiSort: false,
    enableSortingRemoval: false,
    onSortingChange: (next: Updater<SortingState>) => {
      const [sort] = typeof next === 'function' ? next([prefs.jobSort]) : next
      if (sort) prefs.jobSort = sort
    },
  })

  const heads = computed(() =>
    table.getVisibleLeafColumns().map((column) => ({
      name: column.id,
      isNumber: column.columnDef.meta?.isNumber,
      sorted: column.getIsSorted(),
      sort: () => column.toggleSorting(),
    })),
  )
  const rows = computed(() => table.getRowModel().rows.map((row) => row.original))
  const isNewestFirst = computed(() => prefs.jobSort.id === 'started' && prefs.jobSort.desc)
  return { heads, rows, isNewestFirst }
}
