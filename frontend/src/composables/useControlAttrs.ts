import { computed, useAttrs } from 'vue'

/** What a caller adds to a labelled control goes to the control; `class` stays with the whole. */
export function useControlAttrs() {
  const attrs = useAttrs()
  return computed(() => ({ ...attrs, class: undefined }))
}
