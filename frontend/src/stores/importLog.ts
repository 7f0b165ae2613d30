import type { Schemas } from '@/api/client'
import type { Job } from '@/api/jobs'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useEventsStore } from './events'
import { isOpen } from './jobs'

type Card = Schemas['ArtworkCard']

/** A line: `what` is the last part of its key in the texts of the console. */
export interface LogEntry {
  id: number
  at: string
  level: 'info' | 'done' | 'warning'
  what: 'read' | 'began' | 'saved' | 'failed' | 'ended'
  text: string // a name, a prompt or the server's own words
  n: number
  reason?: string // a code, for `failed`; a state, for `ended`
}

const LINES_KEPT = 200
const LONGEST_TEXT = 90
const GENERATOR = 'civitai_generator:generator:'

/** Whether a job brings somebody's own creations. */
export const isImport = (job: Job) =>
  job.title.startsWith('Import ') || job.targets.some(({ key }) => key.startsWith(GENERATOR))

const shortened = (text: string) =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1).trimEnd()}…` : text
const nameOf = (card: Card) => shortened((card.title || card.prompt || card.site_id).trim())

/** What happened to imports since somebody first looked, the newest first. */
export const useImportLogStore = defineStore('importLog', () => {
  const lines = shallowRef<LogEntry[]>([])
  const before = new Map<number, { state: string; failed: Map<string, number> }>()
  let count = 0

  function say(what: LogEntry['what'], text: string, n = 0, more: Partial<LogEntry> = {}) {
    const at = new Date().toISOString()
    const line: LogEntry = { id: ++count, at, level: 'info', what, text, n, ...more }
    lines.value = [line, ...lines.value].slice(0, LINES_KEPT)
  }

  function sawJob(job: Job) {
    if (!isImport(job)) return
    const known = before.get(job.id)
    const failed = new Map(job.failures.map((group) => [group.reason, group.amount]))
    before.set(job.id, { state: job.state, failed })
    if (!known && isOpen(job)) say('began', job.title, job.total ?? 0)
    if (!known) return
    for (const group of job.failures) {
      const more = group.amount - (known.failed.get(group.reason) ?? 0)
      if (more > 0) say('failed', group.title, more, { level: 'warning', reason: group.reason })
    }
    if (known.state !== job.state && !isOpen(job)) {
      const level = job.state === 'completed' ? 'done' : 'warning'
      say('ended', job.title, job.done, { level, reason: job.state })
    }
  }

  const events = useEventsStore()
  events.on('job', (messages) => messages.forEach(({ job }) => sawJob(job)))
  events.on('finished', (messages) => {
    for (const { job_id, artworks } of messages) {
      const [first] = artworks
      if (first && before.has(job_id))
        say('saved', nameOf(first), artworks.length, { level: 'done' })
    }
  })

  return { lines, say, sawJob }
})
