import { defineStore } from 'pinia'
import { ref } from 'vue'

/** How often something was deleted or brought back here: whoever lists artworks watches it. */
export const useRemovalsStore = defineStore('removals', () => {
  const changes = ref(0)
  const note = () => changes.value++
  return { changes, note }
})
