import type { ArtworkDetails } from '@/api/artworks'
import { describe, expect, it } from 'vitest'
import { parametersOf, resourcesOf } from './parameters'

function details(generation: Record<string, unknown> | null, more = {}): ArtworkDetails {
  const card = { model: 'Aurora v2', base_model: 'SDXL' }
  return { card, generation, seed: '42', version_name: null, ...more } as ArtworkDetails
}
const told = (one: ArtworkDetails) =>
  Object.fromEntries(parametersOf(one).map(({ name, value }) => [name, value]))

describe('parameters', () => {
  it('read what AUTOMATIC1111 writes, in our order', () => {
    const meta = {
      Size: '832x1216',
      seed: 42,
      Model: 'Aurora v2',
      steps: 28,
      sampler: 'Euler a',
      cfgScale: 6.5,
      prompt: 'a lake',
      'Schedule type': 'Karras',
      'Hires upscale': '1.5',
      hashes: { model: 'abc' },
    }
    expect(parametersOf(details(meta)).map((line) => line.name)).toEqual([
      'model',
      'baseModel',
      'seed',
      'steps',
      'sampler',
      'scheduler',
      'cfg',
      'size',
      'Hires upscale',
    ])
    expect(told(details(meta))).toMatchObject({ cfg: '6.5', size: '832x1216' })
  })

  it('put width and height together where no size is named', () => {
    expect(told(details({ width: 832, height: 1216 })).size).toBe('832x1216')
  })

  it('name the version only where it is not the model again', () => {
    expect(told(details(null, { version_name: 'Aurora v2' }))).not.toHaveProperty('version')
    expect(told(details(null, { version_name: 'v2' })).version).toBe('v2')
  })

  it('leave objects to the raw record and cut what is endless', () => {
    const lines = told(details({ odd: { a: 1 }, list: ['a', 2], long: 'x'.repeat(999) }))
    expect(lines).not.toHaveProperty('odd')
    expect(lines.list).toBe('a, 2')
    expect(lines.long).toHaveLength(300)
  })

  it('survive records of any shape', () => {
    for (const odd of [null, {}, { resources: 5, steps: null }, { resources: [null, 3, {}] }]) {
      expect(() => [parametersOf(details(odd)), resourcesOf(details(odd))]).not.toThrow()
    }
  })
})

describe('resources', () => {
  it('are taken from every list, once each and without the checkpoint', () => {
    const found = resourcesOf(
      details({
        resources: [
          { type: 'lora', name: 'snow', weight: 0.8 },
          { type: 'model', name: 'Aurora v2' },
        ],
        civitaiResources: [
          { type: 'lora', modelVersionName: 'snow', modelVersionId: 7 },
          { type: 'embed', modelVersionName: 'night', modelVersionId: 9 },
        ],
      }),
    )
    expect(found).toEqual([
      { kind: 'lora', name: 'snow', weight: 0.8, versionId: null },
      { kind: 'embed', name: 'night', weight: null, versionId: '9' },
    ])
  })
})
