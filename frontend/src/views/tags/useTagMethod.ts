import { readTagMethod, type TagWay } from '@/api/tags'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

const LOGIN_MS = 2000

/** Which way would be gone now, what there is to go it with, and how the site's limiter stands. */
export function useTagMethod(way: () => TagWay | undefined = () => undefined) {
  return useQuery({
    queryKey: ['tag-method', computed(way)],
    queryFn: ({ signal }) => readTagMethod(way(), signal),
    placeholderData: keepPreviousData,
    // Nobody tells the page that somebody has logged in to a window beside it.
    refetchInterval: ({ state }) => (state.data?.login.phase === 'open' ? LOGIN_MS : false),
  })
}
