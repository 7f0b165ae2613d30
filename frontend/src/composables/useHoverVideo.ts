import { onScopeDispose, ref } from 'vue'

const DELAY_MS = 250
let stopPlaying: (() => void) | null = null // of the one that plays now

/**
 * Hover video by three rules: it starts after 250 ms, so that crossing a grid loads nothing; its
 * buffer is let go on leaving; `prefers-reduced-motion` is respected. One plays at a time.
 *
 * `isWanted` says that the `LoopVideo` should be there, which plays by itself and lets go.
 */
export function useHoverVideo() {
  const isWanted = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function enter() {
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return
    clearTimeout(timer)
    timer = setTimeout(play, DELAY_MS)
  }

  function play() {
    if (stopPlaying !== leave) stopPlaying?.()
    stopPlaying = leave
    isWanted.value = true
  }

  function leave() {
    clearTimeout(timer)
    if (stopPlaying === leave) stopPlaying = null
    isWanted.value = false
  }

  onScopeDispose(leave)
  return { isWanted, enter, leave, play }
}
