import { expect, it } from 'vitest'
import { hasTerm, toggled } from './presets'

it('writes a condition into the query and takes it out again', () => {
  const both = toggled('model:"Pony"', '-convert:done')
  expect(both).toBe('model:"Pony" -convert:done')
  expect(hasTerm(both, '-convert:done')).toBe(true)
  expect(toggled(both, '-convert:done')).toBe('model:"Pony"')
})

it('keeps alternatives together, and does not take one of them for a condition', () => {
  expect(toggled('cat OR format:png', 'format:png')).toBe('(cat OR format:png) format:png')
  expect(hasTerm('cat OR format:png', 'format:png')).toBe(false)
  expect(hasTerm('-format:png', 'format:png')).toBe(false)
})
