import { expect, it } from 'vitest'
import { ref } from 'vue'
import { aCard, cardsUpTo } from '@/testing/artworks'
import { isCard, type Slot } from './useArtworkPages'
import { MOST_IDS, MOST_PICKED, useListSelection } from './useListSelection'

const plain = { shiftKey: false }
const shift = { shiftKey: true }

function over(slots: Slot[], total: number | null = slots.length) {
  const selection = useListSelection({
    placeOf: (id) => slots.findIndex((slot) => slot.id === id),
    fetchRange: async (first, last) => slots.slice(first, last + 1).filter(isCard),
    total: ref(total),
  })
  return { slots, selection }
}

it('ticks ranges with Shift', async () => {
  const { slots, selection } = over(cardsUpTo(9))
  await selection.click(slots[2]!, plain)
  await selection.click(slots[5]!, shift)
  expect(selection.size.value).toBe(4)
  expect(selection.asQuery('sky')).toBe('site:civitai id:1003,1004,1005,1006')
})

it('does not tick what has not come yet', () => {
  const { slots, selection } = over([aCard(1), { id: -2 }])
  void selection.click(slots[1]!, plain)
  expect(selection.size.value).toBe(0)
})

it('means all that match, also those that are not here, and a tick then takes one out', () => {
  const { slots, selection } = over([...cardsUpTo(2), { id: -3 }], 3)
  selection.selectAll()
  expect(slots.every((slot) => selection.isSelected(slot))).toBe(true)
  expect(selection.amount.value).toBe(3)
  expect(selection.asQuery('sky OR sea')).toBe('sky OR sea')
  void selection.click(slots[0]!, plain)
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
  for (const slot of slots) void selection.click(slot, plain)
  expect(selection.asQuery('')).toBe('(site:civitai id:1001) OR (site:e621 id:"a b")')
})

it('remembers what was ticked when it leaves the list', async () => {
  const { slots, selection } = over(cardsUpTo(3))
  await selection.click(slots[0]!, plain)
  slots.length = 0
  expect(selection.cards().map((card) => card.id)).toEqual([1])
})

it('takes no range that is longer than the server takes ids', async () => {
  const { slots, selection } = over(cardsUpTo(MOST_IDS + 1))
  await selection.click(slots[0]!, plain)
  await selection.click(slots.at(-1)!, shift)
  expect(selection.size.value).toBe(2)
})

it('is no query when it is too much for one', async () => {
  const { slots, selection } = over(cardsUpTo(MOST_PICKED + 1))
  await selection.click(slots[0]!, plain)
  await selection.click(slots.at(-1)!, shift)
  expect(selection.asQuery('')).toBeNull()
})
