import { computed, ref, type Ref } from 'vue'

const MOST = 8

/** Zoom and pan of a picture that is fitted into its box: `factor` 1 is fitted. */
export function useZoom(image: Readonly<Ref<HTMLImageElement | null>>) {
  const factor = ref(1)
  const x = ref(0)
  const y = ref(0)
  const isZoomed = computed(() => factor.value > 1)
  const style = computed(() => ({
    transform: `translate(${x.value}px, ${y.value}px) scale(${factor.value})`,
  }))

  function reset() {
    factor.value = 1
    x.value = y.value = 0
  }

  /** Keep the point under the pointer, measured from the middle of the box, where it is. */
  function zoomTo(next: number, fromX = 0, fromY = 0) {
    const wanted = Math.min(MOST, Math.max(1, next))
    const grown = wanted / factor.value
    x.value = wanted === 1 ? 0 : fromX - (fromX - x.value) * grown
    y.value = wanted === 1 ? 0 : fromY - (fromY - y.value) * grown
    factor.value = wanted
  }

  /** Between fitted and one picture pixel for each screen pixel, or twice where that is no more. */
  function toggle() {
    if (isZoomed.value || !image.value) return reset()
    const whole = image.value.naturalWidth / (image.value.clientWidth || 1)
    zoomTo(whole > 1.05 ? whole : 2)
  }

  function wheel(event: WheelEvent) {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const fromX = event.clientX - box.left - box.width / 2
    const fromY = event.clientY - box.top - box.height / 2
    zoomTo(factor.value * Math.exp(-event.deltaY / 400), fromX, fromY)
  }

  function drag(event: PointerEvent) {
    if (!isZoomed.value || event.buttons !== 1) return
    x.value += event.movementX
    y.value += event.movementY
  }

  return { factor, isZoomed, style, reset, toggle, wheel, drag, zoomTo }
}
