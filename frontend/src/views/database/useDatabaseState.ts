import { SORTS, type Sort } from '@/api/artworks'
import { useViewState } from '@/composables/useViewState'
import { computed } from 'vue'
import { useRouter } from 'vue-router'

export const FORMS = ['grid', 'table', 'duplicates', 'statistics', 'targets'] as const
export type Form = (typeof FORMS)[number]

const known = <T extends string>(words: readonly T[], word: string, fallback: T): T =>
  words.find((one) => one === word) ?? fallback

/**
 * What the database screen shows, kept in its URL. `item` is the artwork that is looked at (0:
 * none), `show` where: in the `panel` beside the list or in the `box` over it.
 */
export function useDatabaseState() {
  const router = useRouter()
  const defaults = { form: 'grid', q: '', sort: 'newest', item: 0, show: '' }
  const here = useViewState(defaults) // changes take the place of what was
  const step = useViewState(defaults, { history: true }) // changes that Back undoes

  const form = computed({
    get: () => known(FORMS, here.form.value, 'grid'),
    set: (form) => (step.form.value = form),
  })
  const sort = computed({
    get: () => known(SORTS, here.sort.value, 'newest'),
    set: (sort: Sort) => (step.sort.value = sort),
  })
  const isBoxOpen = computed(() => here.show.value === 'box' && here.item.value > 0)
  const isPanelOpen = computed(() => here.show.value === 'panel')

  /** Search for something else; while it is being typed, the steps in between do not count. */
  function ask(query: string, isTyping = false) {
    if (query === here.q.value) return
    ;(isTyping ? here : step).q.value = query
  }
  function openBox(id: number) {
    step.item.value = id
    step.show.value = 'box'
  }
  function closeBox() {
    // Back to where it was opened, so that Back does not open it again.
    const before = router.options.history.state.back
    const path = router.currentRoute.value.path
    const isFromHere = typeof before === 'string' && before.split('?')[0] === path
    if (isFromHere && !new URLSearchParams(before.split('?')[1]).get('show')?.includes('box'))
      router.back()
    else here.show.value = ''
  }
  function togglePanel(isOpen = !isPanelOpen.value) {
    here.show.value = isOpen ? 'panel' : ''
  }
  function lookAt(id: number) {
    here.item.value = id
  }

  return {
    form,
    sort,
    q: here.q,
    item: here.item,
    isBoxOpen,
    isPanelOpen,
    ask,
    openBox,
    closeBox,
    togglePanel,
    lookAt,
  }
}
