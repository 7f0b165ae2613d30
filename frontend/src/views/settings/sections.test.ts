import { expect, it } from 'vitest'
import { parse, sectionOf } from './sections'

it('shows every setting somewhere, also one that it never heard of', () => {
  expect(
    [
      'net.proxy',
      'convert.quality',
      'sites.civitai.api_key',
      'ui.language',
      'library',
      'new.thing',
    ].map(sectionOf),
  ).toEqual(['speed', 'convert', 'sites', 'page', 'folders', 'folders'])
})

it('restores the default when a field is emptied, and sends numbers as numbers', () => {
  expect(parse({ type: 'integer' }, ' 12 ')).toBe(12)
  expect(parse({ type: 'number' }, '0.5')).toBe(0.5)
  expect(parse({ type: 'path' }, ' /srv/art ')).toBe('/srv/art')
  expect(parse({ type: 'text' }, '  ')).toBe(null)
})
