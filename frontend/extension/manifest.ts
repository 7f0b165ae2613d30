import { PAGE_PATTERNS } from './services'

/** The two hosts where the program may be; a pattern without a port means all of them. */
const PROGRAM = ['http://127.0.0.1/*', 'http://localhost/*']

/** Pages of the services are only read (content scripts); what is asked for is the program. */
export const manifest = (version: string) => ({
  manifest_version: 3,
  name: 'Artkeep',
  version,
  description: '__MSG_description__',
  default_locale: 'en',
  minimum_chrome_version: '120',
  browser_specific_settings: {
    gecko: { id: 'extension@artkeep.local', strict_min_version: '128.0' },
  },
  icons: { 16: 'icons/16.png', 48: 'icons/48.png', 128: 'icons/128.png' },
  action: { default_popup: 'popup.html', default_icon: { 16: 'icons/16.png' } },
  // Chrome and Edge take the first, Firefox the second.
  background: { service_worker: 'background.js', scripts: ['background.js'] },
  permissions: ['storage', 'alarms'],
  host_permissions: PROGRAM,
  content_scripts: [
    { matches: PAGE_PATTERNS, js: ['page.js'], run_at: 'document_start', world: 'MAIN' },
    { matches: PAGE_PATTERNS, js: ['relay.js'], run_at: 'document_start' },
  ],
  content_security_policy: {
    extension_pages:
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http://127.0.0.1:* http://localhost:*",
  },
})

/** The head of the userscript; its requests go through its manager, past the page. */
export const userscriptHead = (version: string, description: string) =>
  [
    '// ==UserScript==',
    '// @name         Artkeep',
    '// @namespace    artkeep.local',
    `// @version      ${version}`,
    `// @description  ${description}`,
    '// @license      MIT',
    ...PAGE_PATTERNS.map((pattern) => `// @match        ${pattern}`),
    ...['GM_xmlhttpRequest', 'GM_getValue', 'GM_setValue', 'GM_deleteValue'].map(grant),
    ...['GM_registerMenuCommand', 'unsafeWindow'].map(grant),
    '// @connect      127.0.0.1',
    '// @connect      localhost',
    '// @run-at       document-start',
    '// @noframes',
    '// ==/UserScript==',
    '',
  ].join('\n')

const grant = (name: string) => `// @grant        ${name}`
