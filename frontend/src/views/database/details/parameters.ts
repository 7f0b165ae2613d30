import type { ArtworkCard, ArtworkDetails } from '@/api/artworks'

/** A line of the table of parameters. `name` is ours when `isKnown`, else the record's own. */
export interface Parameter {
  name: string
  isKnown: boolean
  value: string
}

/** A LoRA, embedding, VAE or checkpoint that the record names. */
export interface Resource {
  kind: string
  name: string
  weight: number | null
  versionId: string | null
}

/** What is known of the making of an artwork, kept here or still on its site. */
export type Making = Pick<ArtworkDetails, 'seed' | 'version_name' | 'generation'> & {
  card: Pick<ArtworkCard, 'model' | 'base_model'>
}

type Entry = Record<string, unknown>

/** What tools call the same thing, in lower case without spaces; the order is ours. */
const NAMES: [name: string, ...keys: string[]][] = [
  ['steps', 'steps'],
  ['sampler', 'sampler'],
  ['scheduler', 'scheduler', 'scheduletype'],
  ['cfg', 'cfgscale', 'cfg', 'guidancescale', 'guidance'],
  ['clipSkip', 'clipskip'],
  ['size', 'size'],
  ['denoise', 'denoisingstrength', 'denoise'],
  ['vae', 'vae'],
  ['workflow', 'workflow'],
  ['engine', 'engine', 'version'],
]
/** Told elsewhere, or of no use to anybody but the site. */
const LEFT_OUT = new Set([
  'prompt',
  'parameters', // all of it again, as one text
  'negativeprompt',
  'seed',
  'model',
  'modelhash',
  'basemodel',
  'width',
  'height',
  'resources',
  'civitairesources',
  'additionalresources',
  'hashes',
  'comfy',
  'meta',
  'id',
  'nsfw',
  'draft',
  'quantity',
  'aspectratio',
  'remixofid',
])
const LONGEST = 300

const plainKey = (key: string) => key.toLowerCase().replace(/[\s_-]/g, '')
const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Short things as text; objects and lists of objects stay in the raw record. */
function textOf(value: unknown): string | null {
  if (Array.isArray(value)) {
    const texts = value.map(textOf)
    return texts.length && texts.every((text) => text !== null) ? texts.join(', ') : null
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value.trim() ? value.trim().slice(0, LONGEST) : null
}

/** The generation record as lines to read. */
export function parametersOf(details: Making): Parameter[] {
  const { card, generation } = details
  const byKey = new Map(
    Object.entries(generation ?? {}).map(([key, value]) => [plainKey(key), { key, value }]),
  )
  const lines: Parameter[] = []
  const know = (name: string, value: string | null) => {
    if (value) lines.push({ name, isKnown: true, value })
  }
  know('model', card.model)
  if (details.version_name !== card.model) know('version', details.version_name)
  know('baseModel', card.base_model)
  know('seed', details.seed)
  for (const [name, ...keys] of NAMES) {
    const found = keys.map((key) => byKey.get(key)).find((entry) => entry !== undefined)
    for (const key of keys) byKey.delete(key)
    const size = name === 'size' && !found ? sizeOf(byKey) : null
    know(name, textOf(found?.value) ?? size)
  }
  for (const [plain, { key, value }] of byKey) {
    const text = !plain || LEFT_OUT.has(plain) ? null : textOf(value)
    if (text) lines.push({ name: key, isKnown: false, value: text })
  }
  return lines
}

function sizeOf(byKey: Map<string, { value: unknown }>): string | null {
  const [width, height] = ['width', 'height'].map((key) => textOf(byKey.get(key)?.value))
  return width && height ? `${width}x${height}` : null
}

/** What the picture was made with beside the checkpoint, from every list that may name it. */
export function resourcesOf({ card, generation }: Making): Resource[] {
  const lists = ['resources', 'civitaiResources', 'additionalResources']
  const rows = lists.flatMap((name) => {
    const list = generation?.[name]
    return Array.isArray(list) ? list.filter(isEntry) : []
  })
  const found = rows.flatMap((row) => {
    const name = textOf(row.name) ?? textOf(row.modelVersionName) ?? textOf(row.modelName)
    const kind = (textOf(row.type) ?? '').toLowerCase()
    if (!name || kind === 'model' || name === card.model) return []
    const weight = row.weight ?? row.strength
    return [
      {
        kind: kind || 'other',
        name,
        weight: typeof weight === 'number' ? weight : null,
        versionId: textOf(row.modelVersionId),
      },
    ]
  })
  const isFirst = (one: Resource, at: number) =>
    found.findIndex((other) => other.kind === one.kind && other.name === one.name) === at
  return found.filter(isFirst)
}
