import { expect, it } from 'vitest'
import { meanColour } from './meanColour'

it('reads the mean colour out of a blurhash, and nothing out of anything else', () => {
  expect(meanColour('LEHV6nWB2yk8pyo0adR*.7kCMdnj')).toBe('rgb(151 150 149)')
  expect([meanColour(null), meanColour('LE'), meanColour('LE"><x')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
