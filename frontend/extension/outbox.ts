import { LinkError, type Reason } from './link'
import type { Reply } from './watch'

/** A reply that waits to be sent; `origin` is that of its page, `at` when it came, in ms. */
export interface Waiting {
  origin: string
  reply: Reply
  at: number
}

/** Where replies wait: never on a disk. `save` rejects when that is too much. */
export interface Keep {
  load: () => Promise<Waiting[]>
  save: (waiting: Waiting[]) => Promise<void>
}

export interface Flushed {
  sent: number // creations that told something new
  dropped: number // replies that nobody will get
  waiting: number
  stopped: Reason | null
  afterS: number // try again then
}

const MOST_REPLIES = 200
const MOST_CHARACTERS = 6 * 2 ** 20 // of the 10 MB that a browser keeps in memory
const BATCH_REPLIES = 50
const BATCH_CHARACTERS = 4 * 2 ** 20
/** Signed addresses are dead by then. */
const LIVES_MS = 60 * 60 * 1000
const AGAIN_S = 30

const size = (one: Waiting) => one.reply.text.length + (one.reply.request?.length ?? 0)

/** Replies on their way to the program: bounded, oldest dropped first, one sending at a time. */
export class Outbox {
  private turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly keep: Keep,
    private readonly now: () => number = Date.now,
  ) {}

  /** How many had to be dropped to make room. */
  add(origin: string, reply: Reply): Promise<number> {
    return this.alone(async () => {
      const all = [...(await this.keep.load()), { origin, reply, at: this.now() }]
      const kept = this.bounded(all)
      try {
        await this.keep.save(kept)
        return all.length - kept.length
      } catch {
        await this.keep.save([])
        return all.length
      }
    })
  }

  clear(): Promise<void> {
    return this.alone(() => this.keep.save([]))
  }

  /** Send all that waits, a batch of one page after the other. */
  flush(send: (origin: string, replies: Reply[]) => Promise<number>): Promise<Flushed> {
    return this.alone(async () => {
      const done: Flushed = { sent: 0, dropped: 0, waiting: 0, stopped: null, afterS: 0 }
      const all = await this.keep.load()
      let left = all.filter((one) => this.now() - one.at < LIVES_MS)
      done.dropped = all.length - left.length
      while (left.length && done.stopped === null) {
        const batch = first(left)
        try {
          done.sent += await send(
            batch[0]!.origin,
            batch.map((one) => one.reply),
          )
          left = left.slice(batch.length)
        } catch (error) {
          const reason = error instanceof LinkError ? error.reason : 'off'
          if (reason === 'refused') {
            done.dropped += batch.length
            left = left.slice(batch.length)
          } else {
            done.stopped = reason
            done.afterS = Math.max(AGAIN_S, error instanceof LinkError ? error.afterS : 0)
          }
        }
      }
      await this.keep.save(left)
      return { ...done, waiting: left.length }
    })
  }

  private bounded(all: Waiting[]): Waiting[] {
    let room = MOST_CHARACTERS
    const newest = all.slice(-MOST_REPLIES)
    let from = newest.length
    while (from > 0 && (room -= size(newest[from - 1]!)) >= 0) from--
    return newest.slice(from)
  }

  private alone<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(run, run)
    this.turn = mine.catch(() => undefined)
    return mine
  }
}

function first(waiting: readonly Waiting[]): Waiting[] {
  const origin = waiting[0]!.origin
  let room = BATCH_CHARACTERS
  const batch: Waiting[] = []
  for (const one of waiting.slice(0, BATCH_REPLIES)) {
    room -= size(one)
    if (one.origin !== origin || (batch.length && room < 0)) break
    batch.push(one)
  }
  return batch
}
