import { readInbox, type CaptureInbox } from '@/api/captures'
import { useEventsStore } from '@/stores/events'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'

/** What browser extensions have sent, and which may, kept fresh by the event socket. */
export function useInbox() {
  const queries = useQueryClient()
  const query = useQuery({ queryKey: ['captures'], queryFn: readInbox })
  const put = (inbox: CaptureInbox) => queries.setQueryData(['captures'], inbox)
  onScopeDispose(
    useEventsStore().on('inbox', (messages) => {
      const newest = messages.at(-1)
      if (newest) put(newest.inbox)
    }),
  )
  return { inbox: query.data, put }
}
