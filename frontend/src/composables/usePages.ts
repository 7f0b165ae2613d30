import { computed, onScopeDispose, ref, shallowRef } from 'vue'

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

/**
 * Cursor paging over any list endpoint; `fetchPage(null)` asks for the first page.
 *
 * `reload()` starts anew and keeps the old items until the first page has come, so that nothing
 * flashes. An answer to an older question is dropped.
 */
export function usePages<T>(fetchPage: (cursor: string | null) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const state = ref<'idle' | 'loading' | 'ready' | 'done' | 'error'>('idle')
  const error = shallowRef<unknown>(null)
  const hasLoaded = ref(false) // at least one page has come: an empty list is really empty
  let cursor: string | null = null
  let question = 0
  onScopeDispose(() => question++)

  async function ask(isFirst: boolean) {
    const mine = ++question
    state.value = 'loading'
    error.value = null
    try {
      const page = await fetchPage(isFirst ? null : cursor)
      if (mine !== question) return
      items.value = isFirst ? page.items : [...items.value, ...page.items]
      cursor = page.next_cursor
      hasLoaded.value = true
      state.value = cursor === null ? 'done' : 'ready'
    } catch (problem) {
      if (mine !== question) return
      error.value = problem
      state.value = 'error'
    }
  }

  /** The next page, or the first. Does nothing while one is coming and at the end. */
  async function loadMore() {
    if (state.value === 'loading' || state.value === 'done') return
    await ask(!hasLoaded.value)
  }

  function clear() {
    question++
    items.value = []
    cursor = null
    hasLoaded.value = false
    error.value = null
    state.value = 'idle'
  }

  const hasMore = computed(() => state.value !== 'done')
  const isEmpty = computed(() => hasLoaded.value && items.value.length === 0)
  return {
    items,
    state,
    error,
    hasLoaded,
    hasMore,
    isEmpty,
    loadMore,
    reload: () => ask(true),
    clear,
  }
}
