import type { Service } from './services'
import { LONGEST_REPLY, type Reply } from './watch'

/** What Next.js has put into a page for its own scripts, once the page has come. */
export function nextDataOf(page: Document, service: Service): Reply | null {
  if (!service.withNextData) return null
  const text = page.getElementById('__NEXT_DATA__')?.textContent
  if (!text || text.length > LONGEST_REPLY) return null
  const { origin, pathname } = new URL(page.URL)
  return { url: origin + pathname, text }
}
