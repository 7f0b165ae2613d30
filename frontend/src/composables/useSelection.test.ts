import { expect, it } from 'vitest'
import { ref } from 'vue'
import { useSelection } from './useSelection'

const plain = { shiftKey: false }
const shift = { shiftKey: true }
const of = (...items: string[]) => useSelection(ref(items), (item) => item)

it('ticks and unticks one by one', () => {
  const selection = of('a', 'b')
  selection.click('a', plain)
  selection.click('b', plain)
  selection.click('a', plain)
  expect(selection.selected.value).toEqual(['b'])
})

it('takes the range between the last tick and a click with Shift, in both directions', () => {
  const selection = of('a', 'b', 'c', 'd')
  selection.click('c', plain)
  selection.click('a', shift)
  expect(selection.selected.value).toEqual(['a', 'b', 'c'])
  selection.click('d', shift)
  expect(selection.selected.value).toEqual(['a', 'b', 'c', 'd'])
})

it('takes Shift for a plain click when nothing was ticked before', () => {
  const selection = of('a', 'b', 'c')
  selection.click('c', shift)
  expect(selection.selected.value).toEqual(['c'])
})

it('keeps ticks when the list is sorted or grows', () => {
  const items = ref(['a', 'b'])
  const selection = useSelection(items, (item) => item)
  selection.selectAll()
  items.value = ['c', 'b', 'a']
  expect(selection.selected.value).toEqual(['b', 'a'])
  expect(selection.isSelected('c')).toBe(false)
  selection.clear()
  expect(selection.size.value).toBe(0)
})

it('takes a range from where one began, which was not ticked before', () => {
  const selection = of('a', 'b', 'c', 'd')
  selection.begin('b')
  expect(selection.size.value).toBe(0)
  selection.click('d', shift)
  expect([...selection.keys.value]).toEqual(['b', 'c', 'd'])
})
