import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { textKey } from '@/views/settings/sections'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, prefix: string): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${prefix}.${key}`, value] as [string, string]]
      : flat(value, `${prefix}.${key}`),
  )
}

function catalogue(language: string): Map<string, string> {
  const folder = `src/locales/${language}`
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return new Map(
    files.flatMap((name) =>
      flat(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')), name.replace('.json', '')),
    ),
  )
}

const en = catalogue('en')
const zh = catalogue('zh')
const fields = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

const source = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /^(?!locales).*\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(`src/${name}`, 'utf8'))
  .join('\n')
// Any text in '…' or `…` that begins with the name of a catalogue counts as a key: keys travel as data too.
const namespaces = [...new Set([...en.keys()].map((key) => key.split('.')[0]))].join('|')
const quoted = new RegExp(`['\`]((?:${namespaces})\\.[\\w.]*(?:\\$\\{)?)`, 'g')
const used = [...source.matchAll(quoted)].map((match) => match[1]!)
const whole = new Set(used.filter((key) => !key.endsWith('${')))
const beginnings = used.filter((key) => key.endsWith('${')).map((key) => key.slice(0, -2))

it('says the same things in both languages', () => {
  expect([...zh.keys()].sort()).toEqual([...en.keys()].sort())
})

it('fills in the same fields in both languages', () => {
  for (const [key, text] of en) expect([key, fields(zh.get(key)!)]).toEqual([key, fields(text)])
})

it('has a text for every key that is used', () => {
  expect([...whole].filter((key) => !en.has(key))).toEqual([])
  const isKnown = (start: string) => [...en.keys()].some((key) => key.startsWith(start))
  expect(beginnings.filter((start) => !isKnown(start))).toEqual([])
})

it('has no text that nobody uses', () => {
  const isUsed = (key: string) =>
    whole.has(key) || beginnings.some((start) => key.startsWith(start))
  expect([...en.keys()].filter((key) => !isUsed(key))).toEqual([])
})

it('leaves no text untranslated', () => {
  const same = [...en].filter(([key, text]) => zh.get(key) === text && /[a-z]{4}/i.test(text))
  expect(same.map(([key]) => key)).toEqual([])
})

it('has a name for every setting that the server documents', () => {
  const documented = readFileSync('../docs/settings.md', 'utf8').matchAll(/^\| `([\w.]+)` \|/gm)
  const keys = [...documented].map((match) => textKey(match[1]!))
  expect(keys.length).toBeGreaterThan(10)
  const isNamed = (key: string) =>
    en.has(`settings.names.${key}`) && en.has(`settings.about.${key}`)
  expect(keys.filter((key) => !isNamed(key))).toEqual([])
})
