import type { LogLine } from '@/api/system'
import { FakeSocket } from '@/testing/FakeSocket'
import { inApp } from '@/testing/inApp'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { useEventsStore } from '@/stores/events'
import { useLogLines } from './useLogLines'

const line = (
  id: number,
  level: LogLine['level'] = 'info',
  event = 'page_listed',
): LogLine => ({
  id,
  at: '2026-11-21T12:00:00Z',
  level,
  event,
  job: null,
  fields: { host: 'civitai.com', seen: 100 },
})
const answers = vi.hoisted(() => ({ listLogs: vi.fn() }))
vi.mock('@/api/system', () => answers)

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeSocket)
  answers.listLogs.mockResolvedValue({ lines: [line(2), line(1)], next_cursor: null })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function tail(level: LogLine['level'] = 'info', words = '') {
  const isLive = ref(true)
  const { result } = inApp(() => {
    useEventsStore().start()
    return useLogLines(ref(level), ref(words), isLive)
  })
  const say = (...lines: LogLine[]) => {
    for (const one of lines) FakeSocket.last.say({ type: 'log', line: one })
    vi.advanceTimersByTime(1000)
  }
  const ids = () => result.lines.value.map((one) => one.id)
  return { isLive, say, ids }
}

it('puts what comes in above what was, and shows no line twice', async () => {
  const { say, ids } = tail()
  await flushPromises()
  say(line(2), line(3), line(4))
  expect(ids()).toEqual([4, 3, 2, 1])
})

it('shows only what the filter wants', async () => {
  answers.listLogs.mockResolvedValue({ lines: [], next_cursor: null })
  const { say, ids } = tail('warning', 'CIVITAI.com')
  await flushPromises()
  say(line(3, 'info'), line(4, 'error'), { ...line(5, 'error'), fields: {} })
  expect(ids()).toEqual([4])
})

it('stands still when it is told to, and asks for what it missed afterwards', async () => {
  const { isLive, say, ids } = tail()
  await flushPromises()
  isLive.value = false
  await nextTick()
  say(line(3))
  expect(ids()).toEqual([2, 1])
  answers.listLogs.mockResolvedValue({ lines: [line(3), line(2)], next_cursor: null })
  isLive.value = true
  await vi.waitFor(() => expect(ids()).toEqual([3, 2]))
})
