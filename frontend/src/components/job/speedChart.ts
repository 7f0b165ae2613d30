import type { Pace } from '@/stores/rates'
import type uPlot from 'uplot'

/** How the figures of the chart are written, in the language of the page. */
export interface ChartWords {
  speed: (bytesPerS: number) => string
  number: (value: number) => string
  clock: (iso: string) => string
}

const LEAST_SPAN_S = 60
const BYTE_STEPS = Array.from({ length: 40 }, (_, at) => 2 ** at)
const ITEM_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
const TIME_STEPS = [10, 15, 30, 60]

type Rates = (number | null)[]

/** The data of the chart; a job that runs goes on until `now` as it was heard of last. */
export function chartData(
  pace: Pace,
  now: number,
  isRunning: boolean,
): [number[], Rates, Rates] {
  const [at, bytes, items] = [[...pace.at], [...pace.bytes], [...pace.items]]
  const isOpenEnded = at.length > 0 && bytes.at(-1) !== null
  if (isRunning && isOpenEnded && now > at.at(-1)!) {
    at.push(now)
    bytes.push(bytes.at(-1)!)
    items.push(items.at(-1)!)
  }
  return [at, bytes, items]
}

/** From when to when it is drawn: the whole of what is known, a minute at least. */
export function chartSpan(pace: Pace, now: number, isRunning: boolean): [number, number] {
  const end = isRunning ? now : (pace.at.at(-1) ?? now)
  return [Math.min(pace.at[0] ?? end, end - LEAST_SPAN_S), end]
}

const token = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/**
 * Bytes on the left, files on the right. Colours are the tokens of the theme as it is now: after a
 * change of theme make another chart.
 */
export function chartOptions(
  size: { width: number; height: number },
  words: ChartWords,
  onCursor: (at: number | null) => void,
): uPlot.Options {
  const font = `11px ${getComputedStyle(document.body).fontFamily}`
  const axis = { stroke: token('text-faint'), font, ticks: { show: false }, gap: 4 }
  const grid = { stroke: token('line'), width: 1 }
  const fromZero =
    (least: number, room: number): uPlot.Scale.Range =>
    (_, __, most) => [0, Math.max(least, most * room)]
  const clock = (at: number, hasSeconds: boolean) => {
    const time = words.clock(new Date(at * 1000).toISOString())
    return hasSeconds ? time : time.replace(/:\d\d$/, '')
  }
  const point = { size: 7 }
  return {
    ...size,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    drawOrder: ['series' as uPlot.DrawOrderKey, 'axes' as uPlot.DrawOrderKey], // lines over the area
    cursor: { drag: { x: false, y: false }, y: false, points: point },
    scales: {
      x: { time: true },
      bytes: { range: fromZero(1024, 1.1) },
      items: { range: fromZero(1, 1.6) }, // files of one size would lie on the bytes,
    },
    series: [
      {},
      {
        scale: 'bytes',
        stroke: token('accent'),
        fill: token('accent-soft'),
        width: 1.5,
        points: { show: false },
      },
      {
        scale: 'items',
        stroke: token('text-soft'),
        width: 1.5,
        dash: [5, 3],
        points: { show: false },
      },
    ],
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 20,
        space: 64,
        incrs: TIME_STEPS,
        values: (_, times, __, ___, step) => times.map((at) => clock(at, step < 60)),
      },
      {
        ...axis,
        scale: 'bytes',
        grid,
        size: 72,
        space: 24,
        incrs: BYTE_STEPS,
        values: (_, speeds) => speeds.map((speed) => (speed ? words.speed(speed) : '0')),
      },
      {
        ...axis,
        scale: 'items',
        side: 1,
        grid: { show: false },
        size: 44,
        space: 24,
        incrs: ITEM_STEPS,
        values: (_, rates) => rates.map((rate) => (rate ? `${words.number(rate)}/s` : '')),
      },
    ],
    hooks: { setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)] },
  }
}
