import { FakeSocket } from '@/testing/FakeSocket'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useEventsStore } from './events'

const hello = (instance = 'a') => ({ type: 'hello', instance, version: '1' })
const job = (id: number, done: number) => ({ type: 'job', job: { id, done } })

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1) // the longest wait
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.all = []
  setActivePinia(createPinia())
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function started() {
  const events = useEventsStore()
  events.start()
  FakeSocket.last.say(hello())
  return events
}

it('opens one socket, to its own origin', () => {
  const events = started()
  events.start()
  expect(FakeSocket.all.length).toBe(1)
  expect(FakeSocket.last.url.href).toBe('ws://localhost:3000/api/events')
  expect(events.state).toBe('open')
})

it('repaints at most twice a second, with the newest of each job and every log line', () => {
  const events = started()
  const jobs: unknown[] = []
  const logs: unknown[] = []
  events.on('job', (messages) => jobs.push(messages.map(({ job }) => job)))
  events.on('log', (messages) => logs.push(messages.length))
  FakeSocket.last.say(job(1, 1))
  vi.advanceTimersByTime(0)
  for (let done = 2; done < 20; done++) {
    FakeSocket.last.say(job(1, done))
    FakeSocket.last.say({ type: 'log', line: { id: done } })
  }
  FakeSocket.last.say(job(2, 5))
  vi.advanceTimersByTime(499)
  expect(jobs.length).toBe(1)
  vi.advanceTimersByTime(1)
  expect(jobs).toEqual([
    [{ id: 1, done: 1 }],
    [
      { id: 1, done: 19 },
      { id: 2, done: 5 },
    ],
  ])
  expect(logs).toEqual([18])
})

it('tries again with growing waits, says so, and asks for everything anew when it is back', () => {
  const events = started()
  const renewed = vi.fn()
  events.onRenewed(renewed)
  for (const wait of [500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
    FakeSocket.last.cut()
    expect(events.state).toBe('reconnecting')
    const before = FakeSocket.all.length
    vi.advanceTimersByTime(wait - 1)
    expect(FakeSocket.all.length).toBe(before)
    vi.advanceTimersByTime(1)
    expect(FakeSocket.all.length).toBe(before + 1)
  }
  expect(events.lostAt).toBeInstanceOf(Date)
  expect(renewed).not.toHaveBeenCalled()
  FakeSocket.last.say(hello())
  expect(renewed).toHaveBeenCalledExactlyOnceWith(false)
  expect([events.state, events.lostAt]).toEqual(['open', null])
})

it('waits at random, so that ten tabs do not knock in the same moment', () => {
  started()
  vi.mocked(Math.random).mockReturnValue(0)
  FakeSocket.last.cut()
  vi.advanceTimersByTime(250)
  expect(FakeSocket.all.length).toBe(2)
})

it('knows another instance when it answers', () => {
  const events = started()
  const renewed = vi.fn()
  events.onRenewed(renewed)
  FakeSocket.last.cut()
  vi.advanceTimersByTime(500)
  FakeSocket.last.say(hello('b'))
  expect(renewed).toHaveBeenCalledExactlyOnceWith(true)
})

it('takes silence after a ping for a lost connection', () => {
  const events = started()
  const mute = FakeSocket.last
  vi.advanceTimersByTime(15_000)
  expect(mute.sent).toEqual([{ type: 'ping' }])
  mute.say({ type: 'pong' })
  vi.advanceTimersByTime(15_000)
  expect(events.state).toBe('open')
  vi.advanceTimersByTime(15_000)
  expect(events.state).toBe('reconnecting')
  expect(mute.readyState).toBe(3)
})

it('does not call a handler that left', () => {
  const events = started()
  const handler = vi.fn()
  events.on('job', handler)()
  FakeSocket.last.say(job(1, 1))
  vi.advanceTimersByTime(1000)
  expect(handler).not.toHaveBeenCalled()
})
