/** Builds the browser extension and the userscript along with the page. */
import { readFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import { build, type Plugin, type Rollup } from 'vite'
import { manifest, userscriptHead } from './manifest'
import { LANGUAGES } from './words'
import { zip } from './zip'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const SCRIPTS = ['background', 'page', 'relay', 'popup'] as const
const ICONS = ['16', '48', '128']

/**
 * `dist/extension/` to be loaded unpacked, the same as `dist/artkeep-extension.zip`, and
 * `dist/artkeep.user.js`. The program serves the last two.
 */
export function browserExtension(version: string): Plugin {
  return {
    name: 'artkeep-extension',
    apply: 'build',
    async generateBundle() {
      const files = new Map<string, Uint8Array>()
      const put = (name: string, text: string) => files.set(name, Buffer.from(text, 'utf8'))
      put('manifest.json', JSON.stringify(manifest(version), null, 2))
      for (const [language, { description }] of Object.entries(LANGUAGES)) {
        const told = { description: { message: description } }
        put(`_locales/${language}/messages.json`, JSON.stringify(told))
      }
      for (const name of SCRIPTS) put(`${name}.js`, await bundled(`${name}.ts`))
      put('popup.html', readFileSync(here('./popup.html'), 'utf8'))
      const tokens = readFileSync(here('../src/styles/tokens.css'), 'utf8')
      put('popup.css', tokens + readFileSync(here('./popup.css'), 'utf8'))
      for (const size of ICONS) {
        files.set(`icons/${size}.png`, readFileSync(here(`./icons/${size}.png`)))
      }
      const head = userscriptHead(version, LANGUAGES.en.description)
      const emit = (fileName: string, source: Uint8Array | string) =>
        this.emitFile({ type: 'asset', fileName, source })
      for (const [name, content] of files) emit(`extension/${name}`, content)
      emit('artkeep-extension.zip', zip(files))
      emit('artkeep.user.js', head + (await bundled('userscript.ts')))
    },
  }
}

/** One script without imports, as the browsers want it, and readable, as their reviewers do. */
async function bundled(entry: string): Promise<string> {
  const made = (await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: here(`./${entry}`), formats: ['iife'], name: 'artkeep' },
    },
  })) as Rollup.RollupOutput[]
  return made[0]!.output[0].code
}
