/** How we write numbers, sizes and times. Pure; `useFormat` adds the language. */

const memo = new Map<string, Intl.NumberFormat>()

function numbers(locale: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = locale + JSON.stringify(options)
  const known = memo.get(key) ?? new Intl.NumberFormat(locale, options)
  memo.set(key, known)
  return known
}

/** 12481 → 12,481 */
export const number = (value: number, locale: string) => numbers(locale).format(value)

/** Below 10 with one digit after the point, above without. */
function short(value: number, locale: string, leastDigits = 0): string {
  const most = value < 9.95 ? 1 : 0
  const least = Math.min(most, leastDigits)
  return numbers(locale, { maximumFractionDigits: most, minimumFractionDigits: least }).format(
    value,
  )
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** 3355443 → 3.2 MiB. Units of 1024, as file managers and disks count. */
export function bytes(value: number, locale: string, leastDigits = 0): string {
  let left = Math.max(0, value)
  let unit = 0
  while (left >= 1023.5 && unit < UNITS.length - 1) {
    left /= 1024
    unit++
  }
  return `${short(left, locale, unit ? leastDigits : 0)} ${UNITS[unit]}`
}

/** 3.0 MiB/s: the digit after the point stays, so that a moving number does not jump. */
export const speed = (bytesPerS: number, locale: string) => `${bytes(bytesPerS, locale, 1)}/s`

/** Things a second; slow ones by the minute, so that it never says 0.0/s while something moves. */
export function rate(perS: number, locale: string): string {
  if (perS > 0 && perS < 0.95) return `${short(perS * 60, locale)}/min`
  return `${short(perS, locale)}/s`
}

/** Rounded down: 100 % is said only when nothing is left. */
export function percent(share: number, locale: string): string {
  const whole = Math.floor(Math.min(1, Math.max(0, share)) * 100)
  return numbers(locale, { style: 'percent' }).format(whole / 100)
}

const STEPS: [limit: number, size: number, unit: 'second' | 'minute' | 'hour' | 'day'][] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86400, 3600, 'hour'],
  [Infinity, 86400, 'day'],
]

/** 200 → 3 min; the largest unit alone, hours with their minutes. */
export function duration(seconds: number, locale: string): string {
  const whole = Math.max(0, Math.round(seconds))
  const [, size, unit] = STEPS.find(([limit]) => whole < limit)!
  const write = (value: number, name: string) =>
    numbers(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value)
  const large = write(Math.floor(whole / size), unit)
  const minutes = Math.floor((whole % 3600) / 60)
  return unit === 'hour' && minutes ? `${large} ${write(minutes, 'minute')}` : large
}

/** Whole date and time, for titles of relative ones. */
export const exact = (iso: string, locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }).format(
    new Date(iso),
  )

/** Time of the day, with seconds. */
export const clock = (iso: string, locale: string) =>
  new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' }).format(
    new Date(iso),
  )

/** "3 minutes ago", "in 8 seconds", "just now"; a date when it is more than a month away. */
export function relative(iso: string, now: number, locale: string): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000)
  const away = Math.abs(seconds)
  if (away > 30 * 86400) {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(iso))
  }
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  if (seconds <= 0 && away < 5) return words.format(0, 'second')
  const [, size, unit] = STEPS.find(([limit]) => away < limit)!
  return words.format(Math.trunc(seconds / size), unit)
}
