import type { Schemas } from '@/api/client'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

/** `web/schemas/events.py`. The socket is not part of the OpenAPI document. */
export interface EventMessages {
  job: { job: Schemas['Job'] }
  finished: { job_id: number; artworks: Schemas['ArtworkCard'][] }
  status: { status: Schemas['Status'] }
  log: { line: Schemas['LogLine'] }
  inbox: { inbox: Schemas['CaptureInbox'] }
}
type EventType = keyof EventMessages
type Handler<T extends EventType> = (messages: EventMessages[T][]) => void

type Incoming =
  | { type: 'hello'; instance: string; version: string }
  | { type: 'resync' | 'pong' }
  | { [T in EventType]: { type: T } & EventMessages[T] }[EventType]

const REPAINT_MS = 500 // at most twice a second
const PING_MS = 15_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** What comes in between two repaints: the newest state of a thing, every line of a list. */
function mergeKey(message: Incoming): string | null {
  if (message.type === 'job') return `job ${message.job.id}`
  return message.type === 'status' || message.type === 'inbox' ? message.type : null
}

/**
 * The one WebSocket of this tab.
 *
 * Handlers get everything since the last repaint at once. `onRenewed` runs when something may
 * have been missed: after a reconnection, a `resync`, or when another instance answers.
 */
export const useEventsStore = defineStore('events', () => {
  const state = ref<'connecting' | 'open' | 'reconnecting'>('connecting')
  const lostAt = shallowRef<Date | null>(null) // what is on the page is as old as this
  const instance = ref<string | null>(null)

  const handlers = new Map<EventType, Set<Handler<never>>>()
  const renewals = new Set<(isOtherInstance: boolean) => void>()
  let pending = new Map<string | symbol, Incoming>()
  let socket: WebSocket | null = null
  let attempts = 0
  let lastFlush = 0
  let isFirstHello = true
  let isAlive = true // something came since the last ping
  let flushTimer: ReturnType<typeof setTimeout> | undefined
  let pingTimer: ReturnType<typeof setInterval> | undefined
  let retryTimer: ReturnType<typeof setTimeout> | undefined

  function on<T extends EventType>(type: T, handler: Handler<T>): () => void {
    const set = handlers.get(type) ?? new Set()
    handlers.set(type, set)
    set.add(handler as Handler<never>)
    return () => void set.delete(handler as Handler<never>)
  }

  function onRenewed(handler: (isOtherInstance: boolean) => void): () => void {
    renewals.add(handler)
    return () => void renewals.delete(handler)
  }

  function renew(isOtherInstance: boolean) {
    for (const handler of renewals) handler(isOtherInstance)
  }

  function flush() {
    lastFlush = Date.now()
    flushTimer = undefined
    const messages = [...pending.values()]
    pending = new Map()
    for (const [type, interested] of handlers) {
      const theirs = messages.filter((message) => message.type === type)
      if (theirs.length) for (const handler of interested) handler(theirs as never)
    }
  }

  function greet(message: Extract<Incoming, { type: 'hello' }>) {
    const isOther = instance.value !== null && instance.value !== message.instance
    instance.value = message.instance
    attempts = 0
    state.value = 'open'
    lostAt.value = null
    if (!isFirstHello) renew(isOther)
    isFirstHello = false
  }

  function receive(message: Incoming) {
    isAlive = true
    if (message.type === 'hello') return greet(message)
    if (message.type === 'resync' || message.type === 'pong') return // a close follows a resync
    const key = mergeKey(message) ?? Symbol()
    pending.delete(key) // the newest of a thing comes last
    pending.set(key, message)
    flushTimer ??= setTimeout(flush, Math.max(0, lastFlush + REPAINT_MS - Date.now()))
  }

  function connect() {
    clearTimeout(retryTimer)
    const address = new URL('/api/events', location.href)
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    const mine = new WebSocket(address)
    socket = mine
    isAlive = true
    mine.onmessage = (event: MessageEvent<string>) => receive(JSON.parse(event.data))
    mine.onclose = () => socket === mine && lost()
    clearInterval(pingTimer)
    pingTimer = setInterval(ping, PING_MS)
  }

  function ping() {
    if (socket?.readyState !== WebSocket.OPEN) return
    if (!isAlive) return drop()
    isAlive = false
    socket.send(JSON.stringify({ type: 'ping' }))
  }

  /** Nobody answers on an open socket: do not wait for the close to come through. */
  function drop() {
    const dead = socket
    socket = null
    dead?.close()
    lost()
  }

  function lost() {
    clearInterval(pingTimer)
    socket = null
    if (state.value !== 'reconnecting') lostAt.value = new Date()
    state.value = 'reconnecting'
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts++)
    // Ten tabs must not all knock in the same moment.
    retryTimer = setTimeout(connect, wait * (0.5 + Math.random() / 2))
  }

  function connectNow() {
    if (state.value === 'reconnecting' && socket === null) connect()
  }

  function start() {
    if (socket === null && state.value === 'connecting') connect()
    window.addEventListener('online', connectNow)
    document.addEventListener('visibilitychange', connectNow)
  }

  return { state, lostAt, instance, start, connectNow, on, onRenewed }
})
