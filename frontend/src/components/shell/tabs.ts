import { Compass, Database, FileInput, RefreshCw, Settings, Tags } from '@lucide/vue'
import type { Component } from 'vue'

/** The rail: `key` follows `g` on the keyboard. */
export const TABS = [
  { name: 'browse', path: '/', key: 'b', icon: Compass },
  { name: 'tags', path: '/tags', key: 't', icon: Tags },
  { name: 'convert', path: '/convert', key: 'c', icon: RefreshCw },
  { name: 'import', path: '/import', key: 'i', icon: FileInput },
  { name: 'database', path: '/database', key: 'd', icon: Database },
  { name: 'settings', path: '/settings', key: 's', icon: Settings },
] as const satisfies { name: string; path: string; key: string; icon: Component }[]
