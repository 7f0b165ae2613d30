import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { barAt, follow, isNearEdge } from './scaledScroll'

const IDLE_MS = 150

/**
 * Where in a list of any height one is. `offset` is the px of the list at the upper edge of the
 * box; what stands at `y` of the list is drawn at `y - shift`. `whole` is the height of the list
 * with what stands around it in the box.
 *
 * A list that grows above the view moves by `correct`, and nothing of what is seen does.
 */
export function useScaledScroll(
  box: Readonly<Ref<HTMLElement | null>>,
  whole: Readonly<Ref<number>>,
) {
  const offset = ref(0)
  const shift = ref(0)
  const view = ref(0)
  let bar = 0
  let idle: ReturnType<typeof setTimeout> | undefined

  /** Put the bar where it belongs; what is seen stays. */
  function settle() {
    clearTimeout(idle)
    const element = box.value
    if (!element) return
    if (Math.abs(element.scrollTop - bar) > 1) return scrolled() // moved, and not told yet
    place(element)
  }
  function place(element: HTMLElement) {
    const wanted = barAt(offset.value, whole.value, view.value)
    if (Math.abs(wanted - element.scrollTop) > 1) element.scrollTop = wanted
    bar = element.scrollTop
    shift.value = offset.value - bar
  }
  function settleSoon() {
    clearTimeout(idle)
    idle = setTimeout(settle, IDLE_MS)
  }

  function scrolled() {
    clearTimeout(idle)
    const to = box.value!.scrollTop
    if (to === bar) return settleSoon()
    offset.value = follow(offset.value, bar, to, whole.value, view.value)
    bar = to
    shift.value = offset.value - bar
    if (isNearEdge(offset.value, bar, whole.value, view.value)) place(box.value!)
    else settleSoon()
  }

  function correct(by: number) {
    if (!by) return
    offset.value += by
    shift.value += by
    settleSoon()
  }

  /** Bring a place of the list to the upper edge. */
  function scrollTo(y: number) {
    offset.value = Math.min(Math.max(0, y), Math.max(0, whole.value - view.value))
    if (box.value) place(box.value)
  }

  const observer = new ResizeObserver(() => {
    view.value = box.value?.clientHeight ?? 0
  })
  watch(
    box,
    (now, before) => {
      before?.removeEventListener('scroll', scrolled)
      observer.disconnect()
      if (!now) return
      now.addEventListener('scroll', scrolled, { passive: true })
      observer.observe(now)
      view.value = now.clientHeight
      bar = now.scrollTop
      offset.value = bar
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => {
    clearTimeout(idle)
    observer.disconnect()
    box.value?.removeEventListener('scroll', scrolled)
  })
  return { offset, shift, view, correct, scrollTo }
}
