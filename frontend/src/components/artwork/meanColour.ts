const DIGITS =
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'

/** The mean colour of a picture, which stands in its blurhash; it costs nothing to draw. */
export function meanColour(hash: string | null): string | undefined {
  const digits = [...(hash ?? '').slice(2, 6)].map((sign) => DIGITS.indexOf(sign))
  if (digits.length < 4 || digits.includes(-1)) return undefined
  const value = digits.reduce((sum, digit) => sum * 83 + digit, 0)
  return `rgb(${value >> 16} ${(value >> 8) & 255} ${value & 255})`
}
