import { GET, POST, PUT, said, type Schemas } from './client'

export type Setting = Schemas['Setting']
export type FolderChecked = Schemas['FolderChecked']
export type KeyChecked = Schemas['KeyChecked']

export const readSettings = () => said(GET('/api/settings'))

/** Also those of a booru that nothing was said about yet. */
export const readSettingsOf = (site: string) =>
  said(GET('/api/settings', { params: { query: { site } } }))

/** Values by dotted name; null restores the default. Answers with all settings. */
export const changeSettings = (values: Record<string, unknown>) =>
  said(PUT('/api/settings', { body: { values } }))

/** Ask the site what a key can see; without `key`, the one that is saved. */
export const checkKey = (site: string, key?: string) =>
  said(POST('/api/settings/check-key', { body: { site, key } }))

/** The folders inside a folder; without `path`, the place to begin. */
export const listFolders = (path?: string) =>
  said(GET('/api/folders', { params: { query: { path } } }))

export const checkFolder = (path: string) =>
  said(POST('/api/folders/check', { body: { path } }))
