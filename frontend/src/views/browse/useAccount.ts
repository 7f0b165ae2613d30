import { checkKey } from '@/api/settings'
import type { Site } from '@/api/system'
import { useQuery } from '@tanstack/vue-query'
import { computed, ref, type Ref } from 'vue'

/** What a site's key can see: asked of the site each time somebody looks, never before. */
export function useAccount(sites: Readonly<Ref<Site[]>>, name: Readonly<Ref<string>>) {
  const isOpen = ref(false)
  const site = computed(() => {
    const found = sites.value.find((one) => one.name === name.value)
    return found?.kinds.includes('liked') ? found : null
  })
  const check = useQuery({
    queryKey: ['account', name],
    queryFn: () => checkKey(name.value),
    enabled: computed(() => isOpen.value && (site.value?.has_key ?? false)),
    gcTime: 0, // the key may be another one the next time
    retry: false,
  })
  const report = computed(() => (check.isFetching.value ? null : (check.data.value ?? null)))
  const error = computed(() => (check.isFetching.value ? null : check.error.value))
  return { site, isOpen, report, error, retry: () => void check.refetch() }
}
