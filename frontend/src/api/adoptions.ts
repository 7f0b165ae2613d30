import { POST, said, type Schemas } from './client'

export type AdoptionOutlook = Schemas['AdoptionOutlook']

/** What an earlier program left in a folder; nothing is changed by asking. */
export const lookAtOldData = (path: string) => said(POST('/api/adoptions', { body: { path } }))

/** The job that takes it over. */
export const takeOver = (path: string) => said(POST('/api/adoptions/start', { body: { path } }))
