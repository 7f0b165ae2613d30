import { readTagChanges, type ChangesOf } from '@/api/tags'
import { usePages } from '@/composables/usePages'
import { watch } from 'vue'

/** What later looks found to be different, the newest first; anew when it is about another one. */
export function useTagChanges(of: () => ChangesOf) {
  const pages = usePages(async (cursor) => {
    const { changes, next_cursor } = await readTagChanges(of(), cursor ?? undefined)
    return { items: changes, next_cursor }
  })
  watch(
    () => JSON.stringify(of()),
    () => {
      pages.clear()
      void pages.reload()
    },
    { immediate: true },
  )
  return pages
}
