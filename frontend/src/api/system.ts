import { GET, said, type Schemas } from './client'

export type Status = Schemas['Status']
export type Site = Schemas['Site']
export type Doctor = Schemas['Doctor']
export type LogLine = Schemas['LogLine']
export type LogLevel = LogLine['level']

export const readStatus = () => said(GET('/api/status'))

export const readSites = () => said(GET('/api/sites'))

export const readDoctor = () => said(GET('/api/doctor'))

export const listLogs = (query: { level?: LogLevel; q?: string; cursor?: string }) =>
  said(GET('/api/logs', { params: { query } }))
