import { computed, shallowReactive, type Ref } from 'vue'
import { useRoute, useRouter, type LocationQuery, type Router } from 'vue-router'

type Value = string | number | boolean | string[]
type Written = string | string[] | undefined
type Widen<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T
type State<T> = { [K in keyof T]: Ref<Widen<T[K]>> }

/** What was set and is not in the URL yet; one for all users of a router. */
class Changes {
  readonly values = shallowReactive(new Map<string, Written>())
  private isOnItsWay = false
  private isHistory = false
  private path = '' // the page that the changes belong to
  private goingTo: string | null = null

  constructor(private readonly router: Router) {
    router.beforeEach((to) => void (this.goingTo = to.path))
    router.afterEach(() => (this.goingTo = null))
  }

  set(name: string, value: Written, isHistory: boolean) {
    this.path = this.router.currentRoute.value.path
    this.isHistory ||= isHistory
    this.values.set(name, value)
    if (this.isOnItsWay) return
    this.isOnItsWay = true
    // Not in this turn: a step to another page that was begun in it must be known by then, or
    // ours would take its place.
    setTimeout(() => void this.commit())
  }

  private async commit() {
    while (this.values.size) {
      const now = this.router.currentRoute.value
      if ((this.goingTo ?? now.path) !== this.path) {
        this.values.clear() // somebody went elsewhere meanwhile
        break
      }
      const sent = new Map(this.values)
      const query = { ...now.query, ...Object.fromEntries(sent) } as LocationQuery
      const go = this.isHistory ? this.router.push : this.router.replace
      this.isHistory = false
      await go({ query, hash: now.hash })
      for (const [name, value] of sent) {
        if (this.values.get(name) === value) this.values.delete(name)
      }
    }
    this.isOnItsWay = false
  }
}

const changesOf = new WeakMap<Router, Changes>()

/**
 * State of a view, kept in the query of its URL, so that it can be bookmarked and sent on.
 *
 * Each default gives a name, a type and what is left out of the URL:
 * `const { q, kinds } = useViewState({ q: '', kinds: [] as string[] })`. Changes made in one go
 * are one change of the URL. With `history` they are a step that the back button undoes.
 */
export function useViewState<T extends Record<string, Value>>(
  defaults: T,
  { history = false } = {},
): State<T> {
  const route = useRoute()
  const router = useRouter()
  const changes = changesOf.get(router) ?? new Changes(router)
  changesOf.set(router, changes)

  const entries = Object.entries(defaults).map(([name, fallback]) => [
    name,
    computed<Value>({
      get: () =>
        fromQuery(
          changes.values.has(name) ? changes.values.get(name) : route.query[name],
          fallback,
        ),
      set: (value) => changes.set(name, toQuery(value, fallback), history),
    }),
  ])
  return Object.fromEntries(entries) as State<T>
}

function toQuery(value: Value, fallback: Value): Written {
  if (JSON.stringify(value) === JSON.stringify(fallback)) return undefined
  if (typeof value === 'boolean') return value ? '1' : '0'
  return Array.isArray(value) ? [...value] : String(value)
}

function fromQuery(raw: LocationQuery[string] | Written, fallback: Value): Value {
  if (raw === undefined) return fallback
  const texts = [raw].flat().filter((text) => text !== null)
  if (Array.isArray(fallback)) return texts
  const text = texts[0] ?? ''
  if (typeof fallback === 'boolean') return text === '1'
  if (typeof fallback === 'number') {
    return text !== '' && Number.isFinite(Number(text)) ? Number(text) : fallback
  }
  return text
}
