import { readLines, type BrowseTarget, type ReadLine } from '@/api/browse'
import { readSites } from '@/api/system'
import { isChosen } from '@/components/browse/kinds'
import { useViewState } from '@/composables/useViewState'
import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'

const MOST_LINES = 1000
const PAUSE_MS = 200 // in typing

export const linesOf = (text: string) =>
  [...new Set(text.split(/\r?\n/).map((line) => line.trim()))].filter(Boolean)

/**
 * A link says itself what it is; a bare name is whatever the two lists say. A search may hold
 * colons and slashes of its own.
 */
export const isLink = (line: string, kind = '') =>
  kind === 'search' ? /:\/\/|^[\w-]+:[\w-]+:|^[\w.-]+\.\w+\//.test(line) : /[/:]/.test(line)

/** What a bare name most often is on a site with these kinds. */
export const usualKind = (kinds: string[]) =>
  ['user', 'search'].find((kind) => kinds.includes(kind)) ??
  kinds.find((kind) => !isChosen(kind)) ??
  'user'

/** The pasted lines and what the server takes them for. Nothing is asked of a site by this. */
export function useLines() {
  const url = useViewState({ t: [] as string[], site: '', kind: 'user' })
  const text = ref(url.t.value.join('\n'))
  const lines = computed(() => linesOf(text.value).slice(0, MOST_LINES))

  const sites = useQuery({ queryKey: ['sites'], queryFn: readSites, staleTime: Infinity })
  const allSites = computed(() => sites.data.value?.sites ?? [])
  const site = computed({
    get: () => url.site.value || (allSites.value[0]?.name ?? ''),
    set: (name) => (url.site.value = name),
  })
  /** Under which site something is chosen: Civitai's generator is listed as one of its own. */
  const siteOf = (name: string) =>
    allSites.value.find((other) => other.name === name || name.startsWith(`${other.name}_`))
  const siteTitle = (name: string) => siteOf(name)?.title ?? name

  const read = shallowRef<ReadLine[]>([])
  const error = shallowRef<unknown>(null)
  const isReading = ref(lines.value.length > 0)
  const targets = computed(() => {
    const found = read.value.flatMap((line) => line.target ?? [])
    return [...new Map(found.map((target) => [target.key, target])).values()]
  })

  let question = 0
  let reading: Promise<void> = Promise.resolve()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask() {
    const mine = ++question
    clearTimeout(timer)
    timer = undefined
    url.t.value = lines.value
    error.value = null
    try {
      const answer = lines.value.length
        ? (await readLines(lines.value, url.site.value, url.kind.value)).lines
        : []
      if (mine !== question) return
      read.value = answer
      follow(answer)
    } catch (problem) {
      if (mine === question) error.value = problem
    } finally {
      if (mine === question) isReading.value = false
    }
  }

  /** A pasted link moves the two lists to what it is, so that the next bare name is the same. */
  function follow(answer: ReadLine[]) {
    const linked = answer.flatMap(
      (line) => (isLink(line.text, url.kind.value) && line.target) || [],
    )
    const [first] = linked
    if (!first || linked.length < answer.length) return
    if (linked.some((target) => target.kind !== first.kind || target.site !== first.site))
      return
    if (first.kind !== url.kind.value && !isChosen(first.kind)) url.kind.value = first.kind
    const name = siteOf(first.site)?.name ?? first.site
    if (name !== site.value) url.site.value = name
  }

  function askSoon(delay_ms: number) {
    isReading.value = true
    clearTimeout(timer)
    timer = setTimeout(() => (reading = ask()), delay_ms)
  }

  /** What the lines mean as they are now, also when somebody presses a button while typing. */
  async function settled(): Promise<BrowseTarget[]> {
    if (timer !== undefined) reading = ask()
    await reading
    return targets.value
  }

  function put(line: string, kind?: string) {
    text.value = line
    if (kind) url.kind.value = kind
    askSoon(0)
  }

  function remove(line: ReadLine) {
    text.value = lines.value.filter((other) => other.slice(0, 200) !== line.text).join('\n')
    askSoon(0)
  }

  watch(lines, (now, before) => now.join('\n') !== before.join('\n') && askSoon(PAUSE_MS))
  watch([url.site, url.kind], () => {
    if (lines.value.some((line) => !isLink(line, url.kind.value))) askSoon(0)
  })
  watch([site, allSites], () => {
    const kinds = allSites.value.find(({ name }) => name === site.value)?.kinds
    if (kinds && !kinds.includes(url.kind.value)) url.kind.value = usualKind(kinds)
  })
  watch(url.t, (now) => {
    // Back and forward.
    if (timer === undefined && now.join('\n') !== lines.value.join('\n')) put(now.join('\n'))
  })
  onScopeDispose(() => clearTimeout(timer))
  if (lines.value.length) askSoon(0)

  return {
    text,
    lines,
    read,
    targets,
    error,
    isReading,
    sites: allSites,
    siteTitle,
    site,
    kind: url.kind,
    settled,
    put,
    remove,
    ask: () => askSoon(0),
  }
}
