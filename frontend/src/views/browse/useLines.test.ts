import { readLines, type ReadLine } from '@/api/browse'
import { runAt } from '@/testing/harness'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { isLink, linesOf, useLines } from './useLines'

vi.mock('@/api/browse')
vi.mock('@/api/system', () => ({
  readSites: async () => ({
    sites: [
      { name: 'civitai', title: 'Civitai', kinds: ['user', 'model'] },
      { name: 'gelbooru', title: 'Gelbooru', kinds: ['image', 'search'] },
    ],
  }),
}))

function understood(text: string, kind: string): ReadLine {
  const value = text.split(/[/:]/).at(-1)!
  const target = { key: `civitai:${kind}:${value}`, site: 'civitai', kind, value, title: value }
  return { text, target, message: null, advice: null }
}

/** As the server: links say what they are, `?` is nothing at all. */
async function read(lines: string[], _site: string, kind: string) {
  return {
    lines: lines.map((text) =>
      text.includes('?')
        ? { text, target: null, message: 'No site takes it.', advice: 'Try another.' }
        : understood(text, text.includes('/models/') ? 'model' : isLink(text) ? 'user' : kind),
    ),
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.mocked(readLines).mockReset().mockImplementation(read)
})

const pause = async () => {
  await vi.runAllTimersAsync()
  await flushPromises()
}

it('takes one line for each thing, without blanks and doubles', () => {
  expect(linesOf(' lena \r\n\n lena\nmia  ')).toEqual(['lena', 'mia'])
})

it('reads what the address asks for, and takes a bare name for the chosen kind', async () => {
  const { found } = await runAt('/?t=900004&kind=model', useLines)
  await pause()
  expect(found.text.value).toBe('900004')
  expect(found.targets.value.map(({ key }) => key)).toEqual(['civitai:model:900004'])
})

it('writes what is typed into the address, and asks once for a word, not for each letter', async () => {
  const { found, router } = await runAt('/', useLines)
  for (const text of ['l', 'le', 'lena', 'lena\nmia']) found.text.value = text
  await pause()
  expect(router.currentRoute.value.query.t).toEqual(['lena', 'mia'])
  expect(readLines).toHaveBeenCalledTimes(1)
})

it('moves the kind to what a pasted link is', async () => {
  const { found } = await runAt('/', useLines)
  found.text.value = 'https://civitai.com/models/900004'
  await pause()
  expect(found.kind.value).toBe('model')
})

it('shows what is listed as a site of its own under the site that it belongs to', async () => {
  const { found } = await runAt('/', useLines)
  await pause()
  const text = 'civitai:generator:lena'
  const site = 'civitai_generator'
  const target = { key: `${site}:generator:lena`, site, kind: 'generator', value: 'lena' }
  const line = { text, target: { ...target, title: 'lena' }, message: null, advice: null }
  vi.mocked(readLines).mockResolvedValue({ lines: [line] })
  found.text.value = text
  await pause()
  expect(found.site.value).toBe('civitai')
  expect(found.siteTitle(site)).toBe('Civitai')
})

it('leaves the kind alone when the links are of several, or when only a name was typed', async () => {
  const { found } = await runAt('/', useLines)
  found.text.value = 'https://civitai.com/models/1\nhttps://civitai.com/user/lena'
  await pause()
  expect(found.kind.value).toBe('user')
  found.text.value = 'mia'
  await pause()
  expect(found.kind.value).toBe('user')
})

it('takes what is typed for a search where a site has no users, colons and all', async () => {
  const { found } = await runAt('/', useLines)
  await pause()
  found.site.value = 'gelbooru'
  await pause()
  expect(found.kind.value).toBe('search')
  found.text.value = 'rating:general fate/stay_night'
  await pause()
  found.site.value = 'civitai'
  await pause()
  expect(found.kind.value).toBe('user')
  const links = ['https://a.b/c', 'gelbooru:search:sky', 'gelbooru.com/index.php?page=post']
  expect(links.map((line) => isLink(line, 'search'))).toEqual([true, true, true])
  expect(
    ['rating:general', 'fate/stay_night', 'a:b c'].some((line) => isLink(line, 'search')),
  ).toBe(false)
})

it('reads names again when another kind is chosen', async () => {
  const { found } = await runAt('/?t=1', useLines)
  await pause()
  found.kind.value = 'model'
  await pause()
  expect(found.targets.value[0]!.key).toBe('civitai:model:1')
})

it('waits for what was just pasted when a button is pressed at once', async () => {
  const { found } = await runAt('/', useLines)
  found.text.value = 'lena'
  await flushPromises()
  const targets = await found.settled()
  expect(targets.map(({ value }) => value)).toEqual(['lena'])
})

it('drops an answer to an older question', async () => {
  let release!: () => void
  vi.mocked(readLines).mockImplementationOnce(async (lines, site, kind) => {
    await new Promise<void>((done) => (release = done))
    return read(lines, site, kind)
  })
  const { found } = await runAt('/?t=old', useLines)
  await pause()
  found.text.value = 'new'
  await pause()
  release()
  await flushPromises()
  expect(found.targets.value.map(({ value }) => value)).toEqual(['new'])
})

it('names a target once, however it was written, and keeps what was not understood apart', async () => {
  const { found } = await runAt('/', useLines)
  found.text.value = 'lena\ncivitai:user:lena\nwhat?'
  await pause()
  expect(found.targets.value).toHaveLength(1)
  expect(found.read.value.map((line) => line.message)).toEqual([
    null,
    null,
    'No site takes it.',
  ])
})

it('takes a line out of the field', async () => {
  const { found, router } = await runAt('/?t=lena&t=what?', useLines)
  await pause()
  found.remove(found.read.value[1]!)
  await pause()
  expect(found.text.value).toBe('lena')
  expect(router.currentRoute.value.query.t).toEqual(['lena'])
})

it('says when the server cannot be asked, and asks again', async () => {
  vi.mocked(readLines).mockRejectedValueOnce(new Error('down'))
  const { found } = await runAt('/?t=lena', useLines)
  await pause()
  expect(found.error.value).toBeInstanceOf(Error)
  found.ask()
  await pause()
  expect(found.error.value).toBeNull()
  expect(found.targets.value).toHaveLength(1)
})

it('follows the back button', async () => {
  const { found, router } = await runAt('/?t=lena', useLines)
  await pause()
  await router.push('/?t=mia')
  await pause()
  expect(found.text.value).toBe('mia')
})

it('keeps the chosen kind when what an account has is asked for', async () => {
  vi.mocked(readLines).mockImplementation(async (lines) => ({
    lines: lines.map((text) => understood(text, 'liked')),
  }))
  const { found } = await runAt('/?kind=model', useLines)
  found.put('civitai:liked:lena')
  await pause()
  expect(found.targets.value[0]!.kind).toBe('liked')
  expect(found.kind.value, 'a bare name is no account').toBe('model')
})
