import { readArtwork } from '@/api/artworks'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

/** Everything about one artwork; 0 is none. Asked for once, whoever shows it. */
export function useArtwork(id: () => number, isWanted: () => boolean = () => true) {
  return useQuery({
    queryKey: ['artwork', id],
    queryFn: ({ signal }) => readArtwork(id(), signal),
    enabled: computed(() => id() > 0 && isWanted()),
  })
}
