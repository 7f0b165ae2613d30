import { commandsFor, isTroubled, useJobsStore } from '@/stores/jobs'
import { usePrefsStore } from '@/stores/prefs'
import { useShortcuts } from '@/composables/useShortcuts'
import { useI18n } from 'vue-i18n'

/** Tile sizes, px. */
export const SIZES = { least: 100, most: 400, step: 20 }

/** The keys of this view besides those of the grid. */
export function useBrowseKeys(on: {
  download: () => void
  clear: () => void
  hasPicks: () => boolean
}) {
  const { t } = useI18n()
  const jobs = useJobsStore()
  const prefs = usePrefsStore()

  const group = () => t('browse.groups.page')
  const steered = () => jobs.open[0]
  const resize = (step: number) => {
    const wanted = prefs.tileSize + step * SIZES.step
    prefs.tileSize = Math.min(SIZES.most, Math.max(SIZES.least, wanted))
  }

  function pauseOrResume() {
    const job = steered()
    const name = job && commandsFor(job).find((one) => one === 'pause' || one === 'resume')
    if (job && name) void jobs.command(job.id, name)
  }
  const troubled = () => jobs.newestFirst.find(isTroubled)

  useShortcuts([
    { keys: 'd', label: () => t('browse.keys.download'), group, run: on.download },
    {
      keys: 'p',
      label: () => t('browse.keys.pause'),
      group,
      run: pauseOrResume,
      isOff: () => !steered(),
    },
    {
      keys: 'r',
      label: () => t('browse.keys.retry'),
      group,
      run: () => void jobs.retry(troubled()!.id),
      isOff: () => !troubled(),
    },
    { keys: ['+', '='], label: () => t('browse.keys.larger'), group, run: () => resize(1) },
    { keys: '-', label: () => t('browse.keys.smaller'), group, run: () => resize(-1) },
    {
      keys: 'escape',
      label: () => t('browse.clearPicks'),
      group,
      run: on.clear,
      isOff: () => !on.hasPicks(),
    },
  ])
}
