import { expect, it } from 'vitest'
import { standingOf, withStanding } from './terms'

it('knows what a query asks for and what it keeps out', () => {
  const query = 'sky model:"Pony V6",Flux -tag:blurry'
  expect(standingOf(query, 'model:"pony v6"')).toBe('in')
  expect(standingOf(query, 'model:Flux')).toBe('in')
  expect(standingOf(query, 'tag:blurry')).toBe('out')
  expect(standingOf(query, 'tag:sky')).toBeNull()
})

it('takes values of a field as alternatives, and tags all together', () => {
  expect(withStanding('sky', 'model:Flux', 'in')).toBe('sky model:Flux')
  expect(withStanding('model:Flux sky', 'model:"Pony V6"', 'in')).toBe(
    'model:Flux,"Pony V6" sky',
  )
  expect(withStanding('tag:sky', 'tag:sea', 'in')).toBe('tag:sky tag:sea')
  expect(withStanding('a OR b', 'tag:sea', 'in')).toBe('(a OR b) tag:sea')
})

it('turns asking into keeping out and takes either back, and other words stay as written', () => {
  const query = 'model:Flux,"Pony V6" pixels:>=1MP'
  const without = withStanding(query, 'model:Flux', 'out')
  expect(without).toBe('model:"Pony V6" pixels:>=1MP -model:Flux')
  expect(withStanding(without, 'model:Flux', null)).toBe('model:"Pony V6" pixels:>=1MP')
  expect(withStanding('-tag:"a,b" sky', 'tag:"a,b"', null)).toBe('sky')
})
