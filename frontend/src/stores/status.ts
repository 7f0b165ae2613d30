import { readStatus, type Status } from '@/api/system'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { useEventsStore } from './events'

const SPEEDS_KEPT = 120

/** The server as a whole: what it holds, how fast it goes, which hosts it waits for. */
export const useStatusStore = defineStore('status', () => {
  const status = shallowRef<Status | null>(null)
  const error = shallowRef<unknown>(null)
  const speeds = ref<number[]>([]) // bytes per second, oldest first, for the sparkline

  function put(now: Status) {
    status.value = now
    speeds.value = [...speeds.value, now.bytes_per_s].slice(-SPEEDS_KEPT)
  }

  async function load() {
    try {
      put(await readStatus())
      error.value = null
    } catch (problem) {
      error.value = problem
    }
  }

  function listen() {
    const events = useEventsStore()
    events.on('status', (messages) => messages.forEach((message) => put(message.status)))
    events.onRenewed(() => void load())
  }

  return { status, error, speeds, load, listen }
})
