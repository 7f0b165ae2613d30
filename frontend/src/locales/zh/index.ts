/** `browse.json` becomes `browse.*`; a new file needs no line anywhere. */
const files = import.meta.glob<Record<string, unknown>>('./*.json', {
  eager: true,
  import: 'default',
})

export const messages = Object.fromEntries(
  Object.entries(files).map(([path, file]) => [path.slice(2, -'.json'.length), file]),
)
