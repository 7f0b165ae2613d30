import type { ArtworkCard } from '@/api/artworks'
import { computed, shallowRef } from 'vue'
import { useArtworkMenu } from '../actions/useArtworkMenu'
import { useAttempt } from '../actions/useAttempt'
import { useLibraryJobs } from '../actions/useLibraryJobs'
import { useMarks } from '../actions/useMarks'
import type { useArtworkPages } from './useArtworkPages'

/** What can be done with artworks of the list where they are, and the menu of a right click. */
export function useListActions(
  pages: ReturnType<typeof useArtworkPages>,
  inSight: () => readonly [first: number, last: number],
  on: {
    open: (index: number) => void
    look: (index: number) => void
    search: (term: string) => void
  },
) {
  const trouble = useAttempt()
  const marks = useMarks(trouble, {
    patch: pages.patch,
    look: () => void pages.look(...inSight()),
  })
  const menu = useArtworkMenu(marks, useLibraryJobs(trouble), {
    open: (card) => on.open(pages.placeOf(card.id)),
    look: (card) => on.look(pages.placeOf(card.id)),
    search: on.search,
  })
  const pointed = shallowRef<ArtworkCard | undefined>() // what a right click was on
  const menuItems = computed(() => (pointed.value ? menu(pointed.value) : []))

  /** Beside the artworks a right click is the browser's. */
  function point(event: Event) {
    const tile = (event.target as Element).closest<HTMLElement>('[data-index]')
    pointed.value = tile ? pages.cardAt(Number(tile.dataset.index)) : undefined
    if (!pointed.value) event.stopPropagation()
  }

  return { trouble, marks, menuItems, point }
}
