import { effectScope, nextTick, ref } from 'vue'
import { expect, it } from 'vitest'
import { useTurn } from './useTurn'

function many(amount: number) {
  return Array.from({ length: amount }, (_, index) => {
    const scope = effectScope()
    const url = ref<string | null>(`/preview/${index}`)
    const turn = scope.run(() => useTurn(() => url.value))!
    return { ...turn, url, end: () => scope.stop() }
  })
}
const loading = (turns: ReturnType<typeof many>) =>
  turns.flatMap((turn, index) => (turn.isMine.value ? index : []))

it('lets four load at once and the others in their order', () => {
  const turns = many(6)
  expect(loading(turns)).toEqual([0, 1, 2, 3])
  turns[2]!.done()
  expect(loading(turns)).toEqual([0, 1, 2, 3, 4]) // what has come stays
  turns.forEach((turn) => turn.end())
})

it('gives the turn of what was scrolled away to the next, and forgets what still waits', () => {
  const turns = many(7)
  turns[4]!.end()
  turns[0]!.end()
  expect(loading(turns.slice(5))).toEqual([0])
  turns.forEach((turn) => turn.end())
  const after = many(4)
  expect(loading(after)).toEqual([0, 1, 2, 3])
  after.forEach((turn) => turn.end())
})

it('counts once however often it is told that it has come', () => {
  const turns = many(6)
  turns[0]!.done()
  turns[0]!.done()
  turns[0]!.end()
  expect(loading(turns)).toEqual([0, 1, 2, 3, 4])
  turns.forEach((turn) => turn.end())
})

it('queues again for another picture', async () => {
  const turns = many(5)
  turns[0]!.url.value = '/preview/other'
  await nextTick()
  expect(loading(turns)).toEqual([1, 2, 3, 4])
  turns[1]!.done()
  expect(loading(turns)).toEqual([0, 1, 2, 3, 4])
  turns.forEach((turn) => turn.end())
})
