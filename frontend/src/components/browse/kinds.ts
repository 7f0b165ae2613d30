import {
  Bookmark,
  Box,
  Boxes,
  ClipboardPaste,
  Folder,
  Heart,
  Image,
  Images,
  Layers,
  LibraryBig,
  Search,
  Sparkles,
  Star,
  Tag,
  Tags,
  User,
  Users,
} from '@lucide/vue'
import type { Component } from 'vue'

/** `domain/target.py`: where on a site to look. */
export const KIND_ICONS: Record<string, Component> = {
  user: User,
  model: Box,
  version: Layers,
  model_tag: Tag,
  image_tag: Tags,
  post: Images,
  collection: Boxes,
  collections: LibraryBig,
  image: Image,
  search: Search,
  liked: Heart,
  followed: Users,
  generator: Sparkles,
  pool: Images,
  favourites: Star,
  bookmarks: Bookmark,
  folder: Folder,
  paste: ClipboardPaste,
}

/** What an account has that a key opens: its own pictures, and lists that only it is shown. */
export const ACCOUNT_KINDS = ['user', 'liked', 'followed', 'collections', 'generator'] as const
export type AccountKind = (typeof ACCOUNT_KINDS)[number]

/** Whether a kind is never typed as a name: it is chosen, for the account of the key. */
export const isChosen = (kind: string) =>
  kind !== 'user' && (ACCOUNT_KINDS as readonly string[]).includes(kind)
