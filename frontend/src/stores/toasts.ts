import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => void }
}

const SHOWN_MS = 5000
const SHOWN_TO_ACT_MS = 12_000
let lastId = 0

/** Short confirmations. What needs action stays where it belongs and never comes as a toast. */
export const useToastsStore = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([])

  function show(text: string, action?: Toast['action']) {
    const id = ++lastId
    toasts.value = [...toasts.value.slice(-2), { id, text, action }]
    setTimeout(() => close(id), action ? SHOWN_TO_ACT_MS : SHOWN_MS)
  }

  function close(id: number) {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  return { toasts, show, close }
})
