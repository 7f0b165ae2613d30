/**
 * Which of a service's replies hold creations, and on whose pages they come.
 *
 * Nothing else is ever looked at. The program says once more which hosts it takes replies of
 * (`jobs/capture_inbox.py`), and recognises creations by their content alone.
 */
export interface Service {
  /** Hosts of its pages, with their sub-domains. */
  pages: readonly string[]
  isReply: (url: URL) => boolean
  /** The settings stand in the request that is answered. */
  withRequest?: boolean
  /** Pages that Next.js makes bring creations along. */
  withNextData?: boolean
}

const isAt = (url: URL, host: string) =>
  url.hostname === host || url.hostname.endsWith(`.${host}`)

const civitai = (url: URL) =>
  ['civitai.com', 'civitai.red'].some((host) => isAt(url, host)) &&
  url.pathname.startsWith('/api/trpc/') &&
  url.pathname.includes('orchestrator.')

export const SERVICES: Readonly<Record<string, Service>> = {
  starryai: {
    pages: ['starryai.com'],
    isReply: (url) => url.hostname === 'app.starryai.com' && url.pathname === '/graphql',
  },
  nightcafe: {
    pages: ['nightcafe.studio'],
    isReply: (url) =>
      isStream(url) ||
      url.hostname === 'api.nightcafe.studio' ||
      (url.hostname === 'creator.nightcafe.studio' && url.pathname.startsWith('/_next/data/')),
    withNextData: true,
  },
  civitai: { pages: ['civitai.com', 'civitai.red'], isReply: civitai },
  novita: {
    pages: ['novita.ai'],
    isReply: (url) => url.hostname === 'api.novita.ai' && url.pathname.startsWith('/v3'),
    withRequest: true,
  },
  dezgo: {
    pages: ['dezgo.com'],
    isReply: (url) => url.hostname === 'api.dezgo.com' && url.pathname.startsWith('/account/'),
  },
  mage: { pages: ['mage.space'], isReply: (url) => url.hostname === 'api.mage.space' },
  unstability: { pages: ['unstability.ai'], isReply: (url) => isAt(url, 'unstability.ai') },
  happyaccidents: {
    pages: ['happyaccidents.ai'],
    isReply: (url) =>
      isAt(url, 'happyaccidents.ai') || url.hostname === 'easel-fgiw.onrender.com',
  },
}

/** A channel of Firestore: it stays open while the page does, so its end is not waited for. */
export function isStream(url: URL): boolean {
  return (
    url.hostname === 'firestore.googleapis.com' &&
    url.pathname.endsWith('/channel') &&
    url.searchParams.has('gsessionid')
  )
}

/** The service that a page belongs to. */
export function serviceOf(page: URL): Service | null {
  if (page.protocol !== 'https:') return null
  const all = Object.values(SERVICES)
  return all.find((one) => one.pages.some((host) => isAt(page, host))) ?? null
}

/** Whether a page of this service may hand over a reply from there. */
export function isReplyOf(service: Service, url: URL): boolean {
  return url.protocol === 'https:' && url.port === '' && service.isReply(url)
}

/** An address without what it may hold of a login. Dezgo's say by `id` what they answer. */
export function bareAddress(url: URL): string {
  const id = url.searchParams.get('id')
  return url.origin + url.pathname + (id === null ? '' : `?id=${encodeURIComponent(id)}`)
}

/** As a manifest and a userscript name all of these pages. */
export const PAGE_PATTERNS = Object.values(SERVICES).flatMap((one) =>
  one.pages.map((host) => `https://*.${host}/*`),
)
