import { readSettings } from '@/api/settings'
import { runAt } from '@/testing/harness'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { isFolderName, useConvertOptions } from './useConvertOptions'

vi.mock('@/api/settings')

function settings(values: Record<string, unknown>) {
  const found = Object.entries(values).map(([name, value]) => ({ name, value }))
  vi.mocked(readSettings).mockResolvedValue({ settings: found } as never)
}
async function at(address: string) {
  const run = await runAt(address, useConvertOptions)
  await flushPromises()
  return run
}

beforeEach(() => settings({}))

it('does as the settings say while nothing is in the address', async () => {
  settings({
    'convert.format': 'avif',
    'convert.quality': 70,
    'convert.lossless': true,
    'convert.originals': 'keep',
    'convert.folder': 'Small',
    'convert.organise': ['author'],
  })
  const { found } = await at('/convert')
  expect(found.convert.value).toEqual({
    format: 'avif',
    quality: 70,
    lossless: false, // AVIF never is: the server would refuse it
    may_reduce_depth: false,
    originals: 'keep',
    folder: 'Small',
    organise: ['author'],
  })
  expect(found.job.value).toMatchObject({ kind: 'convert', query: '' })
})

it('reads everything from the address, and says no quality where nothing is lost', async () => {
  const { found } = await at(
    '/convert?q=format:png&lossless=yes&originals=trash&depth=1&own=1&side=2048&workers=3&quality=40',
  )
  expect(found.job.value).toEqual({
    kind: 'convert',
    query: 'format:png',
    options: { concurrency: 3 },
    convert: {
      format: 'webp',
      quality: null,
      lossless: true,
      may_reduce_depth: true,
      max_side: 2048,
      may_replace_own: true,
      originals: 'trash',
    },
  })
})

it('sends no format where files are only written into', async () => {
  const { found } = await at('/convert?for=embed&q=tags:>=1&format=avif')
  expect(found.job.value).toEqual({
    kind: 'embed',
    query: 'tags:>=1',
    options: { concurrency: null },
  })
})

it('takes nothing from the address that makes no sense', async () => {
  const { found } = await at(
    '/convert?for=x&format=bmp&quality=900&originals=burn&workers=99&organise=moon',
  )
  expect(found.job.value).toMatchObject({ kind: 'convert', options: { concurrency: 20 } })
  expect(found.convert.value).toMatchObject({
    format: 'webp',
    quality: 100,
    originals: 'keep',
    organise: [],
  })
})

it('leaves out of the address what is as in the settings, and can ask for no folders', async () => {
  settings({ 'convert.organise': ['rating'] })
  const { found, router } = await at('/convert')
  found.organise.value = []
  found.quality.value = 60
  await vi.waitFor(() => expect(router.currentRoute.value.query.quality).toBe('60'))
  expect(found.convert.value.organise).toEqual([])
  found.organise.value = ['rating']
  found.quality.value = 85
  await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({}))
})

it('knows a folder name from a path', () => {
  expect(['Converted', 'My files', '小图'].every(isFolderName)).toBe(true)
  expect(['', ' ', '../up', '.hidden', 'a/b', 'a\\b', 'C:'].some(isFolderName)).toBe(false)
})

it('reads what the files say first only when that is asked for', async () => {
  const { found } = await at('/convert?for=embed')
  expect(found.job.value.embed).toBeUndefined()
  found.url.read.value = true
  expect(found.job.value).toMatchObject({ kind: 'embed', embed: { from_files: true } })
  found.stage.value = 'convert'
  expect(found.job.value.embed).toBeUndefined()
})
