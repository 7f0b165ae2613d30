import type { TrainingExport, TrainingOutlook } from '@/api/library'

export const FORMATS = ['kohya', 'onetrainer', 'imagefolder', 'plain'] as const
/** Names that are the same in every language. */
export const FORMAT_NAMES: Partial<Record<TrainingExport['format'], string>> = {
  kohya: 'kohya (sd-scripts)',
  onetrainer: 'OneTrainer',
  imagefolder: 'imagefolder (Hugging Face)',
}
export const SIZES = [512, 768, 1024, 1280, 1536, 2048] as const
/** Bits of 64 in which perceptual hashes of near-duplicates differ at most; '' keeps all. */
export const NEARS = ['', '0', '4', '7'] as const

/** What the dialog holds: numbers as they are typed. */
export interface TrainingChoice {
  format: TrainingExport['format']
  folder: string
  concept: string
  trigger: string
  repeats: string
  size: string
  resize: boolean
  near: (typeof NEARS)[number]
  minSide: string
}

export const usualChoice = (): TrainingChoice => ({
  format: 'kohya',
  folder: '',
  concept: '',
  trigger: '',
  repeats: '10',
  size: '1024',
  resize: false,
  near: '4',
  minSide: '0',
})

/** Whether the trainer reads a name and repeats of it. */
export const hasConcept = ({ format }: Pick<TrainingChoice, 'format'>) =>
  format === 'kohya' || format === 'onetrainer'

const isWhole = (text: string, least: number, most: number) =>
  /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most

export const areRepeatsOdd = (choice: TrainingChoice) =>
  hasConcept(choice) && !isWhole(choice.repeats, 1, 1000)
export const isMinSideOdd = ({ minSide }: TrainingChoice) =>
  minSide.trim() !== '' && !isWhole(minSide, 0, 100_000)

/** As the server takes it; null while a number is none. */
export function exportOf(choice: TrainingChoice): TrainingExport | null {
  if (areRepeatsOdd(choice) || isMinSideOdd(choice)) return null
  const named = hasConcept(choice)
  return {
    format: choice.format,
    folder: choice.folder.trim(),
    concept: (named && choice.concept.trim()) || 'concept',
    trigger: choice.trigger.trim(),
    repeats: named ? Number(choice.repeats) : 1,
    size: Number(choice.size),
    resize: choice.resize,
    near: choice.near === '' ? null : Number(choice.near),
    min_side: Number(choice.minSide),
  }
}

/** The fullest buckets from wide to tall, and how many pictures are in the others. */
export function fullest(buckets: TrainingOutlook['buckets'], most: number) {
  const sorted = [...buckets].sort((one, other) => other.pictures - one.pictures)
  const others = sorted.slice(most).reduce((sum, { pictures }) => sum + pictures, 0)
  const shown = sorted
    .slice(0, most)
    .sort((one, other) => other.width / other.height - one.width / one.height)
  return { shown, others }
}
