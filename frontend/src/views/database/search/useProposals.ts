import { complete, type Completions } from '@/api/library'
import { onScopeDispose, shallowRef } from 'vue'
import type { Completion } from './completions'
import { wordsOf } from './query'

const PAUSE_MS = 120

export interface Proposals {
  text: string // of the box, and where the cursor was
  cursor: number
  options: Completion[]
}

/** The server counts characters, we count as JavaScript does. */
const characters = (text: string) => [...text].length
const offsetOf = (text: string, character: number) =>
  [...text].slice(0, character).join('').length

export function asOptions(answer: Completions, text: string): Completion[] {
  const [from, to] = [offsetOf(text, answer.start), offsetOf(text, answer.end)]
  const space = /^\s/.test(text.slice(to)) ? '' : ' '
  return answer.items.map((item) => {
    const word = wordsOf(item.text)[0]
    const isField = item.kind === 'field'
    return {
      field: word?.field ?? item.label,
      value: isField ? null : (word?.value ?? item.label),
      text: isField ? item.text : item.text.trimEnd() + space,
      from,
      to,
      amount: item.amount,
    }
  })
}

/** What the library proposes for the word at the cursor, with how many there are. */
export function useProposals() {
  const proposals = shallowRef<Proposals | null>(null)
  let pause: ReturnType<typeof setTimeout> | undefined
  let running = new AbortController()

  function ask(text: string, cursor: number) {
    clearTimeout(pause)
    running.abort()
    running = new AbortController()
    const { signal } = running
    pause = setTimeout(async () => {
      try {
        const answer = await complete(text, characters(text.slice(0, cursor)), signal)
        if (signal.aborted) return
        proposals.value = { text, cursor, options: asOptions(answer, text) }
      } catch {
        // What the page knows by itself is proposed all the same.
      }
    }, PAUSE_MS)
  }

  onScopeDispose(() => {
    clearTimeout(pause)
    running.abort()
  })
  return { proposals, ask }
}

/** Where a query goes wrong: the word that begins there, or what stands there. */
export function wordWrong(query: string, character: number): { from: number; to: number } {
  const at = Math.min(offsetOf(query, character), query.length)
  const word = wordsOf(query).find(({ start, end }) => start <= at && at < end)
  if (word && word.kind !== 'group') return { from: word.start, to: word.end }
  return { from: Math.min(at, Math.max(0, query.length - 1)), to: query.length }
}
