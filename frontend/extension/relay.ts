/** Beside the page, in a world of its own: passes on what `page.ts` says, and what stands there. */
import { MARK, replyIn, type Message } from './messages'
import { nextDataOf } from './nextdata'
import { serviceOf } from './services'

const service = serviceOf(new URL(location.href))

function tell(reply: ReturnType<typeof replyIn>) {
  if (!reply) return
  const message: Message = { type: 'reply', reply }
  // After an update of the extension this page still has the old one, which nobody hears.
  void chrome.runtime.sendMessage(message).catch(() => undefined)
}

if (service) {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.source !== window || typeof event.data !== 'object' || event.data === null) return
    tell(replyIn((event.data as Record<string, unknown>)[MARK]))
  })
  document.addEventListener('DOMContentLoaded', () => tell(nextDataOf(document, service)), {
    once: true,
  })
}
