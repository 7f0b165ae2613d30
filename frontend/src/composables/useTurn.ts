import { onScopeDispose, ref, watch } from 'vue'

/**
 * A browser opens six connections to a server and no more. Pictures that come slowly from another
 * site must not hold them all, or the buttons beside them would wait as well.
 */
const MOST_AT_ONCE = 4

const waiting = new Set<() => void>() // in the order in which they came
let running = 0

function letNextIn() {
  while (running < MOST_AT_ONCE && waiting.size) {
    const [next] = waiting
    waiting.delete(next!)
    running++
    next!()
  }
}

/** A turn for loading what `wanted` names; call `done` when it has come or failed. */
export function useTurn(wanted: () => string | null) {
  const isMine = ref(false)
  let isRunning = false

  function begin() {
    isRunning = true
    isMine.value = true
  }

  function leave() {
    waiting.delete(begin)
    if (!isRunning) return
    isRunning = false
    running--
    letNextIn()
  }

  watch(
    wanted,
    (url) => {
      leave()
      isMine.value = false
      if (url === null) return
      waiting.add(begin)
      letNextIn()
    },
    { immediate: true },
  )
  onScopeDispose(leave)
  return { isMine, done: leave }
}
