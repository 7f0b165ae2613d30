import { listLogs, type LogLevel, type LogLine } from '@/api/system'
import { usePages } from '@/composables/usePages'
import { useEventsStore } from '@/stores/events'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'

export const LEVELS = ['debug', 'info', 'warning', 'error'] as const satisfies LogLevel[]
const MOST_LIVE = 500

/** Log lines, the newest first: pages of what was, and what comes in while `isLive`. */
export function useLogLines(
  level: Readonly<Ref<LogLevel>>,
  words: Readonly<Ref<string>>,
  isLive: Readonly<Ref<boolean>>,
) {
  const live = shallowRef<LogLine[]>([])
  const pages = usePages(async (cursor) => {
    const q = words.value.trim() || undefined
    const page = await listLogs({ level: level.value, q, cursor: cursor ?? undefined })
    return { items: page.lines, next_cursor: page.next_cursor }
  })

  function reload() {
    live.value = []
    return pages.reload()
  }
  watch([level, words], reload, { immediate: true })
  // What was missed while it stood still is asked for.
  watch(isLive, (now) => now && void reload())

  const isWanted = (line: LogLine) =>
    LEVELS.indexOf(line.level) >= LEVELS.indexOf(level.value) &&
    textOf(line).toLowerCase().includes(words.value.trim().toLowerCase())

  const events = useEventsStore()
  const stop = events.on('log', (messages) => {
    if (!isLive.value) return
    const lines = messages.map((message) => message.line).filter(isWanted)
    live.value = [...lines.reverse(), ...live.value].slice(0, MOST_LIVE)
  })
  const stopRenewing = events.onRenewed(() => void reload())
  onScopeDispose(() => (stop(), stopRenewing()))

  const lines = computed(() => {
    const known = new Set(live.value.map((line) => line.id))
    return [...live.value, ...pages.items.value.filter((line) => !known.has(line.id))]
  })
  return { lines, pages, reload }
}

/** `event key=value …`, as the log file has it. */
export function textOf(line: LogLine): string {
  const fields = Object.entries(line.fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return [line.event, ...fields].join(' ')
}
