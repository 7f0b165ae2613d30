import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import { useArrivalsStore } from './arrivals'
import { useEventsStore, type EventMessages } from './events'

type Card = EventMessages['finished']['artworks'][number]
const card = (id: number) => ({ id, site: 'civitai', site_id: `${1000 + id}` }) as Card

/** The socket, without a socket: what was registered, by type. */
function open() {
  setActivePinia(createPinia())
  const heard = new Map<string, ((messages: never[]) => void)[]>()
  const events = useEventsStore()
  events.on = ((type: string, handler: never) => {
    heard.set(type, [...(heard.get(type) ?? []), handler])
    return () => {}
  }) as typeof events.on
  const store = useArrivalsStore()
  return {
    store,
    say: (type: string, ...messages: unknown[]) =>
      heard.get(type)!.forEach((handler) => handler(messages as never[])),
  }
}

it('keeps the newest pictures of a job first, each once, and no more than it needs', () => {
  const { store, say } = open()
  say(
    'finished',
    { job_id: 1, artworks: [card(1), card(2)] },
    { job_id: 2, artworks: [card(9)] },
  )
  say('finished', { job_id: 1, artworks: [card(2), card(3)] })
  expect(store.newest.get(1)!.map(({ id }) => id)).toEqual([3, 2, 1])
  expect(store.newest.get(2)!.map(({ id }) => id)).toEqual([9])
  for (let id = 10; id < 100; id++) say('finished', { job_id: 1, artworks: [card(id)] })
  expect(store.newest.get(1)).toHaveLength(30)
})
