import { readLedger, watchTarget, type Target } from '@/api/targets'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useEventsStore } from './events'
import { isOpen } from './jobs'

const MOST_REFRESHED = 20

/** Targets as they were told last, by a list, by a change or by a job that is at them. */
export const useTargetsStore = defineStore('targets', () => {
  const byId = shallowRef(new Map<number, Target>())

  function put(...lines: Target[]) {
    byId.value = new Map([...byId.value, ...lines.map((line) => [line.id, line] as const)])
  }

  /** The newest that was asked for by this key. */
  function ofKey(isKey: (key: string) => boolean): Target | undefined {
    const found = [...byId.value.values()].filter((line) => isKey(line.key))
    return found.sort((one, other) => other.id - one.id)[0]
  }

  const refresh = async (id: number) => put(await readLedger(id))
  const watch = async (id: number, is_watched: boolean) =>
    put(await watchTarget(id, { is_watched }))

  // A job tells of a target what it did itself; how the target stands at its end is asked for.
  useEventsStore().on('job', (messages) => {
    put(...messages.flatMap(({ job }) => job.targets))
    const ended = messages.filter(({ job }) => !isOpen(job)).flatMap(({ job }) => job.targets)
    for (const { id } of ended.slice(0, MOST_REFRESHED)) {
      refresh(id).catch(() => undefined) // the next list tells it
    }
  })

  return { byId, put, ofKey, refresh, watch }
})
