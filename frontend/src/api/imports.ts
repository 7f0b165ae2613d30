import { DELETE, GET, POST, said, type Schemas } from './client'

export type ImportPreview = Schemas['ImportPreview']
export type ImportCreation = Schemas['ImportCreation']

const at = (token: string) => ({ path: { token } })
/** A capture is the body itself, whatever it is: the server tells JSON, HAR and archives apart. */
const asItIs = (capture: Blob) => ({ body: capture, bodySerializer: () => capture }) as object

/** What a capture holds. Nothing is kept of it but in the server's memory, for half an hour. */
export const readCapture = (capture: Blob, name: string, signal?: AbortSignal) =>
  said(POST('/api/imports', { params: { query: { name } }, signal, ...asItIs(capture) }))

/** What extensions have sent: a preview that is never over. */
export const INBOX = 'inbox'

export const readPreview = (token: string) =>
  said(GET('/api/imports/{token}', { params: at(token) }))

/** Send copied requests to their services, with the login that they hold. */
export const sendRequests = (token: string) =>
  said(POST('/api/imports/{token}/send', { params: at(token) }))

/** Import all but these; the job that does it. */
export const commitImport = ({ token, upto }: ImportPreview, without: string[]) =>
  said(POST('/api/imports/{token}/commit', { params: at(token), body: { without, upto } }))

export const dropImport = (token: string) =>
  said(DELETE('/api/imports/{token}', { params: at(token) }))
