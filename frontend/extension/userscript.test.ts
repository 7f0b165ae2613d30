import { afterEach, expect, it, vi } from 'vitest'
import { Program } from '../src/testing/extensionProgram'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** What a script manager gives to a script; its requests go to this program. */
function manager(program: Program) {
  const kept = new Map<string, string>()
  const commands: (() => void)[] = []
  vi.stubGlobal('GM_getValue', (key: string) => kept.get(key))
  vi.stubGlobal('GM_setValue', (key: string, value: string) => kept.set(key, value))
  vi.stubGlobal('GM_deleteValue', (key: string) => kept.delete(key))
  vi.stubGlobal('GM_registerMenuCommand', (_: string, run: () => void) => commands.push(run))
  type Asked = {
    url: string
    data: string
    headers: Record<string, string>
    onload: (answer: object) => void
    onerror: () => void
  }
  vi.stubGlobal('GM_xmlhttpRequest', (asked: Asked) => {
    program
      .ask(asked.url, JSON.parse(asked.data), asked.headers)
      .then(
        ({ status, body }) =>
          asked.onload({ status, responseText: JSON.stringify(body), responseHeaders: '' }),
        asked.onerror,
      )
  })
  return { kept, commands }
}

it('pairs by its menu, counts in the page, and sends through its manager', async () => {
  const { webcrypto } = await import('node:crypto')
  vi.stubGlobal('crypto', webcrypto)
  vi.stubGlobal('location', new URL('https://app.starryai.com/app'))
  vi.stubGlobal('prompt', () => '7KQ2M-XW9RD')
  const reply = Response.json({ data: 1 })
  const page = {
    location: { href: 'https://app.starryai.com/app' },
    fetch: () => Promise.resolve(reply.clone()),
    XMLHttpRequest: class extends EventTarget {
      open() {}
      send() {}
    },
  }
  vi.stubGlobal('unsafeWindow', page)
  const program = new Program('7KQ2MXW9RD')
  const { kept, commands } = manager(program)
  await import('./userscript')

  const ask = page.fetch as unknown as typeof fetch
  await ask('https://app.starryai.com/graphql')
  commands[0]!()
  await vi.waitFor(() => expect(kept.has('paired')).toBe(true))
  expect(program.sent()).toEqual([]) // not what came before
  await ask('https://app.starryai.com/graphql')
  await vi.waitFor(() => expect(program.sent()).toHaveLength(1), 5_000)
  expect(program.sent()[0]).toEqual({
    origin: 'https://app.starryai.com',
    replies: [{ url: 'https://app.starryai.com/graphql', text: '{"data":1}' }],
  })
  await vi.waitFor(() =>
    expect(document.querySelector('[role=status]')?.textContent).toContain('1'),
  )
  commands[1]!()
  expect(kept.size).toBe(0)
})
