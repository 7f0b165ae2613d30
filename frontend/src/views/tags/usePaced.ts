import { onScopeDispose, watch } from 'vue'

/**
 * Do something when `source` changes: at once, then at most every `pauseMs`, and once more for
 * what changed meanwhile.
 */
export function usePaced(source: () => unknown, run: () => void, pauseMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isDue = false

  function go() {
    isDue = false
    run()
    timer = setTimeout(() => {
      timer = undefined
      if (isDue) go()
    }, pauseMs)
  }
  watch(source, () => {
    if (timer === undefined) go()
    else isDue = true
  })
  onScopeDispose(() => clearTimeout(timer))
}
