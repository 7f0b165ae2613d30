import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import vueI18n from '@intlify/unplugin-vue-i18n/vite'
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { browserExtension } from './extension/build'
import about from './package.json' with { type: 'json' }

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where `npm run dev` finds the server. */
const server = process.env.ARTKEEP_URL ?? 'http://127.0.0.1:5000'

/** The server knows one origin, its own (SE-3); in development the page comes from another. */
const passedOn = {
  target: server,
  changeOrigin: true,
  ws: true,
  headers: { origin: server },
}

/** Tests that put something else in a module's place: they must not meet one that is loaded. */
const apart = readdirSync(here('./src'), { recursive: true, encoding: 'utf-8' })
  .filter((path) => path.endsWith('.test.ts'))
  .filter((path) => readFileSync(here(`./src/${path}`), 'utf-8').includes('vi.mock('))
  .map((path) => `src/${path.replaceAll('\\', '/')}`)

export default defineConfig({
  plugins: [
    vue(),
    tailwind(),
    // Messages are compiled while building, so the page needs no eval (SE-7).
    vueI18n({
      include: here('./src/locales/*/*.json'),
      runtimeOnly: true,
      fullInstall: false,
      dropMessageCompiler: true,
    }),
    browserExtension(about.version),
  ],
  resolve: { alias: { '@': here('./src') } },
  // What no component here uses is left out of the bundle.
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    // No data: addresses, which the page's policy refuses (SE-7).
    assetsInlineLimit: 0,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/media', '/thumbs', '/preview'].map((path) => [path, passedOn]),
    ),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/testing/setup.ts'],
    // A page of its own for each file costs ten times what the tests themselves do.
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['src/**/*.test.ts', 'extension/**/*.test.ts'],
          exclude: apart,
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: apart } },
    ],
  },
})
