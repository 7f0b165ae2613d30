import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** A grid's width, and how far below the top of what scrolls it begins; both in px. */
export function useGridShape(
  grid: Readonly<Ref<HTMLElement | null>>,
  box: Readonly<Ref<HTMLElement | null>>,
) {
  const width = ref(0)
  const top = ref(0)

  function measure() {
    if (!grid.value || !box.value) return
    const mine = grid.value.getBoundingClientRect()
    const theirs = box.value.getBoundingClientRect()
    width.value = grid.value.clientWidth
    top.value = Math.round(mine.top - theirs.top + box.value.scrollTop)
  }

  // Whatever grows above the grid changes the height of what scrolls.
  const observer = new ResizeObserver(measure)
  watch(
    [grid, box],
    () => {
      observer.disconnect()
      if (!grid.value || !box.value) return
      observer.observe(grid.value)
      if (box.value.firstElementChild) observer.observe(box.value.firstElementChild)
      measure()
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => observer.disconnect())
  return { width, top }
}
