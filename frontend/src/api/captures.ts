import { DELETE, GET, POST, said, type Schemas } from './client'

export type CaptureInbox = Schemas['CaptureInbox']
export type PairingOffer = Schemas['PairingOffer']

/** What extensions have sent and nobody has imported, and which of them are paired. */
export const readInbox = () => said(GET('/api/captures'))

/** A code to be typed into the extension, good for two minutes. */
export const offerCode = () => said(POST('/api/pairings/offer'))

export const withdrawCode = () => said(DELETE('/api/pairings/offer'))

export const revokeExtension = (id: string) =>
  said(DELETE('/api/pairings/{id}', { params: { path: { id } } }))
