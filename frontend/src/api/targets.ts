import { GET, PUT, said, type Schemas } from './client'

export type Target = Schemas['TargetLine']
export type Listing = Schemas['Listing']

export const listTargets = (cursor?: string) =>
  said(GET('/api/targets', { params: { query: { cursor } } }))

export const readLedger = (id: number) =>
  said(GET('/api/targets/{target_id}/ledger', { params: { path: { target_id: id } } }))

export const watchTarget = (id: number, body: Schemas['WatchTarget']) =>
  said(PUT('/api/targets/{target_id}/watch', { params: { path: { target_id: id } }, body }))
