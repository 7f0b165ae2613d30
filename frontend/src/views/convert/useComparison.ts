import { computed, ref, type Ref } from 'vue'

const STEPS: Record<string, number> = {
  ArrowLeft: -2,
  ArrowDown: -2,
  ArrowRight: 2,
  ArrowUp: 2,
  PageDown: -10,
  PageUp: 10,
  Home: -100,
  End: 100,
}
const MOST_FIT = 2 // how much larger a picture is shown that fits whole into its frame

const within = (value: number) => Math.min(100, Math.max(0, value))

/**
 * Where the line between two pictures stands (0–100 from the left), which side is which, and the
 * part that is looked at. `width` is the pictures' own, in pixels.
 */
export function useComparison(
  frame: Readonly<Ref<HTMLElement | null>>,
  width: () => number | null,
) {
  const split = ref(50)
  const isSwapped = ref(false)
  const zoom = ref(0) // shown width in pixels; 0: fitted into the frame
  const x = ref(0)
  const y = ref(0)
  let isMovingLine = false

  function reset() {
    split.value = 50
    isSwapped.value = false
    zoom.value = x.value = y.value = 0
  }

  /** Between fitted and a picture pixel for each pixel of the page. */
  function toggleZoom() {
    x.value = y.value = 0
    const fitted = frame.value?.clientWidth || 1
    const whole = width() ?? 0
    zoom.value = zoom.value ? 0 : whole > fitted * 1.05 ? whole : fitted * MOST_FIT
  }

  function moveTo(clientX: number) {
    const box = frame.value!.getBoundingClientRect()
    split.value = within(((clientX - box.left) / box.width) * 100)
  }

  /** The line goes where one points; zoomed in, only who takes the line moves it. */
  function grab(event: PointerEvent) {
    if (event.button !== 0) return
    const isOnLine = (event.target as Element).closest('[role="slider"]') !== null
    isMovingLine = isOnLine || !zoom.value
    frame.value?.setPointerCapture?.(event.pointerId)
    if (isMovingLine) moveTo(event.clientX)
  }
  function drag(event: PointerEvent) {
    if (event.buttons !== 1) return
    if (isMovingLine) return moveTo(event.clientX)
    x.value += event.movementX
    y.value += event.movementY
  }

  function press(event: KeyboardEvent) {
    const step = STEPS[event.key]
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    split.value = within(split.value + step)
  }

  /** Space swaps both sides while it is held, unless it belongs to what has the focus. */
  function holdKey(event: KeyboardEvent) {
    if (event.key !== ' ' || event.defaultPrevented) return
    const target = event.target instanceof Element ? event.target : document.body
    const other = target.closest('button, a, input, select, textarea, summary, [role="dialog"]')
    if (other && !other.hasAttribute('data-swap')) return
    event.preventDefault() // nor does the page scroll
    isSwapped.value = true
  }
  const release = () => (isSwapped.value = false)

  const place = computed(() =>
    zoom.value
      ? {
          width: `${zoom.value}px`,
          maxWidth: 'none',
          left: '50%',
          top: '50%',
          transform: `translate(calc(-50% + ${x.value}px), calc(-50% + ${y.value}px))`,
        }
      : { width: '100%', height: '100%', left: '0', top: '0' },
  )

  return {
    split,
    isSwapped,
    isZoomed: computed(() => zoom.value > 0),
    place,
    reset,
    toggleZoom,
    grab,
    drag,
    press,
    holdKey,
    release,
  }
}
