import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/styles/tokens.css', 'utf8')

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`))
  const body = block.slice(0, block.indexOf('\n}'))
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1], match[2]]),
  )
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
  const [r, g, b] = channels.map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light! + 0.05) / (dark! + 0.05)
}

const grounds = ['sunken', 'ground', 'surface', 'raised']
const states = ['have', 'new', 'failed', 'gone']
const texts = ['text', 'text-soft', 'text-faint', 'accent-text', ...states]
const pairs = [
  ...texts.flatMap((text) => grounds.map((ground) => [text, ground])),
  ...states.map((state) => [state, `${state}-soft`]),
  ...['text', 'text-soft', 'accent-text'].map((text) => [text, 'accent-soft']),
  ...states.map((state) => ['text', `${state}-soft`]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
] as [string, string][]
const outlines = ['line-control', 'accent'].flatMap((line) =>
  grounds.map((ground) => [line, ground] as const),
)

describe.each(['light', 'dark'])('%s theme', (theme) => {
  const set = { ...tokens(':root'), ...(theme === 'dark' ? tokens('.dark') : {}) }

  it.each(pairs)('%s can be read on %s (AA, 4.5)', (text, ground) => {
    expect(contrast(set[text]!, set[ground]!)).toBeGreaterThanOrEqual(4.5)
  })

  it.each(outlines)('%s can be seen on %s (AA, 3)', (line, ground) => {
    expect(contrast(set[line]!, set[ground]!)).toBeGreaterThanOrEqual(3)
  })
})

it('has the same colours in both themes', () => {
  const colours = (set: Record<string, string>) =>
    Object.keys(set).filter((name) => /^(#|rgb|0 )/.test(set[name]!))
  expect(colours(tokens('.dark')).sort()).toEqual(colours(tokens(':root')).sort())
})
