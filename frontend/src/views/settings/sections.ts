import type { Setting } from '@/api/settings'

export const SECTIONS = [
  'folders',
  'names',
  'sites',
  'extension',
  'speed',
  'convert',
  'page',
  'doctor',
  'logs',
] as const
export type Section = (typeof SECTIONS)[number]

const BY_FIRST_WORD: Record<string, Section> = {
  names: 'names',
  sites: 'sites',
  net: 'speed',
  workers: 'speed',
  tags: 'sites',
  convert: 'convert',
  ui: 'page',
}

/** Where a setting is shown. One that nobody thought of here is shown with the first. */
export function sectionOf(name: string): Section {
  return BY_FIRST_WORD[name.split('.')[0]!] ?? 'folders'
}

/** Boorus are many: each is shown when it is chosen, not in the long list. */
export const isOfBooru = (name: string) => /^sites\.(?!civitai\.|captures\.)/.test(name)

/** Keys of texts cannot hold a dot: `net.proxy` is `settings.names.net_proxy`. */
export const textKey = (name: string) => name.replaceAll('.', '_')

/** What was typed, as the server wants it; an empty field restores the default. */
export function parse(setting: Pick<Setting, 'type'>, text: string): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return null
  return setting.type === 'integer' || setting.type === 'number' ? Number(trimmed) : trimmed
}
