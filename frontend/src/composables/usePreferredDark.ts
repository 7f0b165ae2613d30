import { onScopeDispose, readonly, ref } from 'vue'

/** Whether the system asks for a dark theme, as it is now. */
export function usePreferredDark() {
  const query = window.matchMedia('(prefers-color-scheme: dark)')
  const isDark = ref(query.matches)
  const read = () => (isDark.value = query.matches)
  query.addEventListener('change', read)
  onScopeDispose(() => query.removeEventListener('change', read))
  return readonly(isDark)
}
