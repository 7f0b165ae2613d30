import { onScopeDispose, readonly, ref, watch } from 'vue'

/** A value as it was when it had not changed for a while: for questions while somebody types. */
export function useDelayed<T>(source: () => T, delayMs = 300) {
  const delayed = ref(source())
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (delayed.value = value as typeof delayed.value), delayMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(delayed)
}
