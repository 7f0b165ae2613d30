import { QueryClient } from '@tanstack/vue-query'
import { ApiError } from './api/client'

/** Server state that the socket does not bring: kept half a minute, asked again on demand. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // Once more when nobody answered; what the server refused it will refuse again.
      retry: (times, error) => times < 1 && error instanceof ApiError && error.status === 0,
    },
  },
})
