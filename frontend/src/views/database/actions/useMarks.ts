import type { ArtworkCard } from '@/api/artworks'
import { changeArtworks, type Change, type Scope } from '@/api/library'
import { useFormat } from '@/composables/useFormat'
import { useToastsStore } from '@/stores/toasts'
import { useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'
import type { useAttempt } from './useAttempt'

/** What is to be changed: a scope for the server, and the cards of it that are known here. */
export interface Marked {
  scope: Scope
  cards: readonly ArtworkCard[] // empty: all that match
}

type Mark = Pick<ArtworkCard, 'stars' | 'is_favourite'>

/** Stars, favourites and tags of one's own, with the way back where what was before is known. */
export function useMarks(
  { attempt }: ReturnType<typeof useAttempt>,
  on: { patch: (cards: ArtworkCard[]) => void; look: () => unknown },
) {
  const { t } = useI18n()
  const format = useFormat()
  const toasts = useToastsStore()
  const queries = useQueryClient()

  function change(marked: Marked, what: Change, words: (n: number) => string) {
    const mark: Partial<Mark> = {
      ...(typeof what.stars === 'number' && { stars: what.stars }),
      ...(typeof what.is_favourite === 'boolean' && { is_favourite: what.is_favourite }),
    }
    return attempt(async () => {
      const changed = await changeArtworks(marked.scope, what)
      show(marked.cards.map((card) => ({ ...card, ...mark })))
      const undo = undoOf(marked, what)
      toasts.show(words(changed), undo && { label: t('database.removal.undo'), run: undo })
    })
  }

  function show(cards: ArtworkCard[]) {
    if (cards.length) on.patch(cards)
    else on.look()
    for (const queryKey of [['artwork'], ['facets'], ['statistics']])
      void queries.invalidateQueries({ queryKey })
  }

  /** Back to what each was. Of all that match nobody knows that. */
  function undoOf({ cards }: Marked, what: Change): (() => void) | undefined {
    if (!cards.length) return undefined
    const { add_tags, remove_tags } = what
    const groups = new Map<string, ArtworkCard[]>() // by what they were
    for (const card of cards) {
      const key = `${card.stars} ${card.is_favourite}`
      groups.set(key, [...(groups.get(key) ?? []), card])
    }
    const isMark = !add_tags?.length && !remove_tags?.length
    const ways = isMark
      ? [...groups.values()].map((group) => ({ group, before: markOf(group[0]!) }))
      : [{ group: cards, before: { add_tags: remove_tags, remove_tags: add_tags } }]
    return () =>
      void attempt(async () => {
        for (const { group, before } of ways)
          await changeArtworks({ ids: group.map(({ id }) => id) }, before)
        show([...cards])
      })
  }
  const markOf = ({ stars, is_favourite }: Mark): Mark => ({ stars, is_favourite })

  const amount = (n: number) => t('database.list.amount', { n: format.number(n) }, n)

  const rate = (marked: Marked, stars: number) =>
    change(marked, { stars }, (n) =>
      stars
        ? t('database.marks.rated', { stars: '★'.repeat(stars), amount: amount(n) })
        : t('database.marks.unrated', { amount: amount(n) }),
    )
  /** All of them, unless all of them are already: then none. */
  function favour(marked: Marked) {
    const { cards } = marked
    const isOn = !(cards.length && cards.every(({ is_favourite }) => is_favourite))
    return change(marked, { is_favourite: isOn }, (n) =>
      t(`database.marks.${isOn ? 'favoured' : 'unfavoured'}`, { amount: amount(n) }),
    )
  }
  const tag = (marked: Marked, add_tags: string[], remove_tags: string[]) =>
    change(marked, { add_tags, remove_tags }, (n) =>
      t('database.marks.tagged', { amount: amount(n) }),
    )

  return { rate, favour, tag }
}
