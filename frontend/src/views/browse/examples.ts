export interface Example {
  line: string
  kind: string
  name: string
}

/** Of the sample site: `demo/catalogue.py`. */
const SAMPLE: Example[] = [
  { line: 'aurora_atelier', kind: 'user', name: 'aurora_atelier' },
  { line: 'civitai:model:900004', kind: 'model', name: 'Paper Cut Worlds' },
  { line: 'civitai:image_tag:landscape', kind: 'image_tag', name: 'landscape' },
  { line: 'https://civitai.com/user/pixel_orchard', kind: 'user', name: 'pixel_orchard' },
]

const SITE: Example[] = [
  { line: 'https://civitai.com/user/Lykon', kind: 'user', name: 'civitai.com/user/Lykon' },
  { line: 'https://civitai.com/models/4384', kind: 'model', name: 'civitai.com/models/4384' },
  {
    line: 'https://civitai.com/tag/landscape',
    kind: 'model_tag',
    name: 'civitai.com/tag/landscape',
  },
]

export const examples = (isDemo: boolean) => (isDemo ? SAMPLE : SITE)
