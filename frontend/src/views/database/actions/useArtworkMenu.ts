import type { ArtworkCard } from '@/api/artworks'
import { safeLink } from '@/components/artwork/picture'
import type { MenuItem } from '@/components/ui/UiMenuItems.vue'
import { useToastsStore } from '@/stores/toasts'
import {
  CircleHelp,
  Download,
  ExternalLink,
  Heart,
  Link2,
  Maximize,
  PanelRight,
  User,
} from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { written } from '../search/query'
import type { useLibraryJobs } from './useLibraryJobs'
import type { useMarks } from './useMarks'

/** What a right click on an artwork offers. */
export function useArtworkMenu(
  marks: ReturnType<typeof useMarks>,
  jobs: ReturnType<typeof useLibraryJobs>,
  on: {
    open: (card: ArtworkCard) => void
    look: (card: ArtworkCard) => void
    search: (term: string) => void
  },
) {
  const { t } = useI18n()
  const toasts = useToastsStore()

  async function copy(text: string) {
    await navigator.clipboard.writeText(text)
    toasts.show(t('common.copied'))
  }

  return function itemsFor(card: ArtworkCard): (MenuItem | null)[] {
    const link = safeLink(card.page_url)
    const hasFailed = card.badge === 'failed'
    const canFetch = ['new', 'failed'].includes(card.badge) && jobs.canFetch([card])
    const marked = { scope: { ids: [card.id] }, cards: [card] }
    return [
      { label: t('database.details.large'), icon: Maximize, run: () => on.open(card) },
      {
        label: hasFailed ? t('database.actions.why') : t('common.info'),
        icon: hasFailed ? CircleHelp : PanelRight,
        shortcut: 'i',
        run: () => on.look(card),
      },
      ...(canFetch
        ? [
            {
              label: hasFailed ? t('common.retry') : t('database.details.fetch'),
              icon: Download,
              run: () => void jobs.fetchAgain([card]),
            },
          ]
        : []),
      null,
      {
        label: t('database.marks.favourite'),
        icon: Heart,
        shortcut: 'f',
        isChosen: card.is_favourite,
        run: () => void marks.favour(marked),
      },
      ...[5, 4, 3, 2, 1].map((stars) => ({
        label: '★'.repeat(stars),
        shortcut: String(stars),
        isChosen: card.stars === stars,
        run: () => void marks.rate(marked, card.stars === stars ? 0 : stars),
      })),
      null,
      ...(card.author
        ? [
            {
              label: t('database.actions.byAuthor', { author: card.author }),
              icon: User,
              run: () => on.search(`author:${written(card.author!)}`),
            },
          ]
        : []),
      ...(link
        ? [
            {
              label: t('common.openOnSite'),
              icon: ExternalLink,
              run: () => void window.open(link, '_blank', 'noopener,noreferrer'),
            },
            {
              label: t('database.details.copyLink'),
              icon: Link2,
              run: () => void copy(link),
            },
          ]
        : []),
    ]
  }
}
