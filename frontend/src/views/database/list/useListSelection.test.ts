import { expect, it } from 'vitest'
import { ref } from 'vue'
import { aCard, cardsUpTo } from '@/testing/artworks'
import type { Slot } from './useArtworkPages'
import { MOST_PICKED, useListSelection } from './useListSelection'

const plain = { shiftKey: false }
const shift = { shiftKey: true }

function over(slots: Slot[], total: number | null = slots.length) {
  const list = ref<readonly Slot[]>(slots)
  return { slots, list, selection: useListSelection(list, ref(total)) }
}

it('ticks ranges with Shift', () => {
  const { slots, selection } = over(cardsUpTo(9))
  selection.click(slots[2]!, plain)
  selection.click(slots[5]!, shift)
  expect(selection.size.value).toBe(4)
  expect(selection.asQuery('sky')).toBe('site:civitai id:1003,1004,1005,1006')
})

it('does not tick what has not come yet', () => {
  const { slots, selection } = over([aCard(1), { id: -2 }])
  selection.click(slots[1]!, plain)
  expect(selection.size.value).toBe(0)
})

it('means all that match, also those that are not here, and a tick then takes one out', () => {
  const { slots, selection } = over([...cardsUpTo(2), { id: -3 }], 3)
  selection.selectAll()
  expect(slots.every((slot) => selection.isSelected(slot))).toBe(true)
  expect(selection.amount.value).toBe(3)
  expect(selection.asQuery('sky OR sea')).toBe('sky OR sea')
  selection.click(slots[0]!, plain)
  expect(selection.isSelected(slots[0]!)).toBe(false)
  expect(selection.amount.value).toBe(2)
  expect(selection.asQuery('sky OR sea')).toBe('(sky OR sea) -(site:civitai id:1001)')
  selection.clear()
  expect(selection.size.value).toBe(0)
})

it('has no number for all of more than anybody counted', () => {
  const { selection } = over(cardsUpTo(2), null)
  selection.selectAll()
  expect(selection.amount.value).toBeNull()
  expect(selection.size.value).toBeGreaterThan(0)
})

it('names each site by itself, and odd ids so that they mean themselves', () => {
  const slots = [aCard(1), aCard(2, { site: 'e621', site_id: 'a b' })]
  const { selection } = over(slots)
  for (const slot of slots) selection.click(slot, plain)
  expect(selection.asQuery('')).toBe('(site:civitai id:1001) OR (site:e621 id:"a b")')
})

it('remembers what was ticked when it leaves the list', () => {
  const { slots, list, selection } = over(cardsUpTo(3))
  selection.click(slots[0]!, plain)
  list.value = []
  expect(selection.cards().map((card) => card.id)).toEqual([1])
})

it('is no query when it is too much for one', () => {
  const { slots, selection } = over(cardsUpTo(MOST_PICKED + 1))
  selection.click(slots[0]!, plain)
  selection.click(slots.at(-1)!, shift)
  expect(selection.asQuery('')).toBeNull()
})
