import { expect, it } from 'vitest'
import { manifest } from './manifest'
import { LANGUAGES } from './words'
import { zip } from './zip'

it('asks for this computer only, and reads the pages of the services only', () => {
  const told = manifest('1.2.3')
  expect(told.permissions).toEqual(['storage', 'alarms'])
  expect(told.host_permissions).toEqual(['http://127.0.0.1/*', 'http://localhost/*'])
  const pages = told.content_scripts.flatMap(({ matches }) => matches)
  expect(pages.every((pattern) => /^https:\/\/\*\.[a-z]+\.[a-z]+\/\*$/.test(pattern))).toBe(
    true,
  )
  expect(told).not.toHaveProperty('web_accessible_resources')
  expect(told).not.toHaveProperty('externally_connectable')
})

it('says the same things in both languages', () => {
  expect(Object.keys(LANGUAGES.zh_CN)).toEqual(Object.keys(LANGUAGES.en))
  for (const [key, text] of Object.entries(LANGUAGES.en)) {
    const fields = (said: string) => said.match(/\{\w+\}/g) ?? []
    expect(fields(LANGUAGES.zh_CN[key as keyof typeof LANGUAGES.en])).toEqual(fields(text))
  }
})

it('packs the same files into the same bytes', () => {
  const files = new Map([['a/b.txt', Buffer.from('hello')]])
  const packed = Buffer.from(zip(files))
  expect(packed.equals(Buffer.from(zip(files)))).toBe(true)
  expect(packed.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
  expect(packed.includes('a/b.txt')).toBe(true)
})
