/** In the page itself: hands its replies to `relay.ts`, which no page script can reach into. */
import { MARK } from './messages'
import { serviceOf } from './services'
import { watch } from './watch'

const service = serviceOf(new URL(location.href))
if (service) {
  watch(window, service, (reply) => {
    window.postMessage({ [MARK]: reply }, location.origin)
  })
}
