import { aCard } from '@/testing/artworks'
import { expect, it } from 'vitest'
import { ref } from 'vue'
import { useListSelection } from '../list/useListSelection'
import { scopeOf } from './scope'

function selectionOf(amount: number) {
  const cards = Array.from({ length: amount }, (_, at) => aCard(at + 1))
  return {
    cards,
    selection: useListSelection({
      placeOf: () => -1,
      fetchRange: async () => [],
      total: ref(amount),
    }),
  }
}

it('names what was ticked one by one', () => {
  const { cards, selection } = selectionOf(3)
  void selection.click(cards[0]!, { shiftKey: false })
  void selection.click(cards[2]!, { shiftKey: false })
  expect(scopeOf(selection, 'author:lena')).toEqual({ ids: [1, 3] })
})

it('means all that match by their query, without those taken out', () => {
  const { cards, selection } = selectionOf(3)
  selection.selectAll()
  expect(scopeOf(selection, 'author:lena')).toEqual({ query: 'author:lena' })
  void selection.click(cards[0]!, { shiftKey: false })
  expect(scopeOf(selection, 'author:lena')?.query).toMatch(/^author:lena -\(.*id:/)
})

it('says that everything is meant when nothing was searched for', () => {
  const { selection } = selectionOf(3)
  selection.selectAll()
  expect(scopeOf(selection, '')).toEqual({ query: '-download:skipped' })
})
