import { LONGEST_REPLY, type Reply } from './watch'
import type { Reason } from './link'

/** The one field of what the page's part says to the relay. */
export const MARK = 'artkeep picked up'

/** What relay and popup say to the background. */
export type Message =
  | { type: 'reply'; reply: Reply }
  | { type: 'state' }
  | { type: 'pair'; code: string }
  | { type: 'forget' }
  | { type: 'switch'; isOn: boolean }

/** What the popup shows. */
export interface State {
  address: string | null // of the program; null: not paired
  isOn: boolean
  sent: number // creations of this session that told something new
  waiting: number // replies
  dropped: number
  trouble: Reason | null
}

/** A reply in what some page script said, whoever that was. */
export function replyIn(said: unknown): Reply | null {
  if (typeof said !== 'object' || said === null) return null
  const { url, text, request } = said as Record<string, unknown>
  if (typeof url !== 'string' || url.length > 4_000) return null
  if (typeof text !== 'string' || text.length > LONGEST_REPLY) return null
  if (request !== undefined && (typeof request !== 'string' || request.length > 2 ** 17))
    return null
  return request === undefined ? { url, text } : { url, text, request }
}
