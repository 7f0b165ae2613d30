import {
  removeArtworks,
  restoreArtworks,
  type RemoveScope,
  type RestoreScope,
} from '@/api/artworks'
import { useFormat } from '@/composables/useFormat'
import { useRemovalsStore } from '@/stores/removals'
import { useToastsStore } from '@/stores/toasts'
import { useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'

/** Deleting artworks and bringing them back: done, confirmed, and told to whoever shows them. */
export function useRemoval() {
  const removals = useRemovalsStore()
  const toasts = useToastsStore()
  const queries = useQueryClient()
  const format = useFormat()
  const { t } = useI18n()

  function tell() {
    removals.note()
    for (const queryKey of [['artwork'], ['targets'], ['ledger']])
      void queries.invalidateQueries({ queryKey })
  }

  async function remove(scope: RemoveScope) {
    const { removed, busy, batches } = await removeArtworks(scope)
    const words = [t('database.removal.removed', { n: format.number(removed) }, removed)]
    if (busy) words.push(t('database.removal.busy', { n: format.number(busy) }, busy))
    const undo = { label: t('database.removal.undo'), run: () => void undoIt(batches) }
    toasts.show(words.join(' '), removed ? undo : undefined)
    tell()
  }

  async function undoIt(batches: number[]) {
    try {
      await restore({ batches, fetch: false })
    } catch {
      toasts.show(t('database.removal.undoFailed'))
    }
  }

  /** What the trash has lost is downloaded again. */
  async function restore(scope: RestoreScope) {
    const { restored, lost, stuck } = await restoreArtworks({ fetch: true, ...scope })
    const words = [t('database.removal.restored', { n: format.number(restored) }, restored)]
    if (lost) words.push(t('database.removal.fetched', { n: format.number(lost) }, lost))
    if (stuck) words.push(t('database.removal.stuck', { n: format.number(stuck) }, stuck))
    toasts.show(words.join(' '))
    tell()
  }

  return { remove, restore }
}
