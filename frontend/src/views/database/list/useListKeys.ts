import type { ArtworkCard } from '@/api/artworks'
import { useShortcuts } from '@/composables/useShortcuts'
import { TILE_SIZES, usePrefsStore } from '@/stores/prefs'
import { useToastsStore } from '@/stores/toasts'
import { useI18n } from 'vue-i18n'
import type { Marked } from '../actions/useMarks'

/** Arrows belong to whatever has the focus: a slider, a video, a menu. */
const isBusyElsewhere = () =>
  document.activeElement !== document.body && document.activeElement?.id !== 'main'

/** What keys do in the list, and in the picture over it. */
export function useMarkKeys(
  marked: () => Marked | null,
  marks: {
    rate: (marked: Marked, stars: number) => unknown
    favour: (marked: Marked) => unknown
  },
) {
  const { t } = useI18n()
  const toasts = useToastsStore()
  const group = () => t('database.shortcuts')
  const isOff = () => marked() === null
  useShortcuts([
    ...['1', '2', '3', '4', '5'].map((keys) => ({
      keys,
      label: () => t('database.marks.rateAs', { stars: '★'.repeat(Number(keys)) }),
      group,
      run: () => void marks.rate(marked()!, Number(keys)),
      isOff,
      isHidden: true,
    })),
    {
      keys: '0',
      label: () => t('database.marks.noStars'),
      group,
      run: () => void marks.rate(marked()!, 0),
      isOff,
      isHidden: true,
    },
    {
      keys: 'f',
      label: () => t('database.marks.favourite'),
      group,
      run: () => void marks.favour(marked()!),
      isOff,
    },
    {
      keys: 'u',
      label: () => t('database.removal.undo'),
      group,
      run: () => {
        const last = toasts.toasts.findLast((toast) => toast.action)
        last?.action!.run()
        if (last) toasts.close(last.id)
      },
      isOff: () => !toasts.toasts.some((toast) => toast.action),
    },
  ])
}

export const scopeOfCard = (card: ArtworkCard | undefined): Marked | null =>
  card ? { scope: { ids: [card.id] }, cards: [card] } : null

/** Looking, sizes, and the way into the list. */
export function useListKeys(on: {
  isTable: () => boolean
  hasSelection: () => boolean
  isPanelOpen: () => boolean
  togglePanel: () => void
  toggleFacets: () => void
  leave: () => void
  enter: () => void
  tag: () => void
}) {
  const { t } = useI18n()
  const prefs = usePrefsStore()
  const group = () => t('database.shortcuts')
  const resize = (step: number) => () =>
    (prefs.tileSize = Math.min(TILE_SIZES.max, Math.max(TILE_SIZES.min, prefs.tileSize + step)))
  useShortcuts([
    { keys: 'i', label: () => t('common.info'), group, run: on.togglePanel },
    { keys: 'v', label: () => t('database.facets.toggle'), group, run: on.toggleFacets },
    {
      keys: 't',
      label: () => t('database.marks.tagDo'),
      group,
      run: on.tag,
      isOff: () => !on.hasSelection(),
    },
    {
      keys: ['+', '='],
      label: () => t('database.list.larger'),
      group,
      run: resize(20),
      isOff: on.isTable,
    },
    {
      keys: '-',
      label: () => t('database.list.smaller'),
      group,
      run: resize(-20),
      isOff: on.isTable,
    },
    {
      keys: 'escape',
      label: () => t('database.selection.clear'),
      group,
      run: on.leave,
      isOff: () => !on.hasSelection() && !on.isPanelOpen(),
      isHidden: true,
    },
    {
      keys: ['arrowdown', 'arrowright'],
      label: () => t('database.list.enter'),
      group,
      run: on.enter,
      isOff: isBusyElsewhere,
      isHidden: true,
    },
  ])
}
