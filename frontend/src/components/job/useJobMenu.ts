import type { Job } from '@/api/jobs'
import type { MenuItem } from '@/components/ui/UiMenuItems.vue'
import { commandsFor, useJobsStore } from '@/stores/jobs'
import { Images, ListChecks, PanelRight, Pause, Play, RotateCw, Square } from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { keptRoute } from './kept'

export const COMMANDS = ['pause', 'resume', 'stop', 'retry'] as const
export type Command = (typeof COMMANDS)[number]
export const COMMAND_ICONS = { pause: Pause, resume: Play, stop: Square, retry: RotateCw }
const KEYS: Partial<Record<Command, string>> = { pause: 'p', resume: 'p', retry: 'r' }

/** How many of these jobs take each command. */
export const takersOf = (jobs: readonly Job[]) =>
  COMMANDS.map((name) => ({
    name,
    amount: jobs.filter((job) => commandsFor(job).includes(name)).length,
  }))

/** What a right click offers for these jobs: for one its details too. */
export function useJobMenu(
  targets: () => readonly Job[],
  on: { details: (job: Job) => void; selectAll: () => void },
) {
  const { t } = useI18n()
  const router = useRouter()
  const store = useJobsStore()

  return computed<(MenuItem | null)[]>(() => {
    const [only, another] = targets()
    if (!only) return []
    const kept = another ? null : keptRoute(only)
    const commands = takersOf(targets()).map(({ name, amount }) => ({
      label:
        another && amount
          ? `${t(`jobs.actions.${name}`)} (${amount})`
          : t(`jobs.actions.${name}`),
      icon: COMMAND_ICONS[name],
      shortcut: KEYS[name],
      disabled: !amount,
      run: () => void store.commandMany(targets(), name),
    }))
    const about: MenuItem[] = another
      ? []
      : [
          {
            label: t('jobs.menu.details'),
            icon: PanelRight,
            shortcut: 'enter',
            run: () => on.details(only),
          },
          {
            label: t('jobs.menu.artworks'),
            icon: Images,
            disabled: !kept,
            run: () => kept && void router.push(kept),
          },
        ]
    return [
      ...about,
      ...(about.length ? [null] : []),
      ...commands,
      null,
      {
        label: t('jobs.menu.selectAll'),
        icon: ListChecks,
        shortcut: 'ctrl+a',
        run: on.selectAll,
      },
    ]
  })
}
