import { ref, shallowRef } from 'vue'

/** Something that may go wrong, where it was asked for: the trouble, and how to try it again. */
export function useAttempt() {
  const problem = shallowRef<unknown>(null)
  const isBusy = ref(false)
  let last: () => Promise<void> = async () => {}

  async function attempt(run: () => Promise<void>) {
    last = run
    isBusy.value = true
    problem.value = null
    try {
      await run()
    } catch (error) {
      problem.value = error
    } finally {
      isBusy.value = false
    }
  }
  const again = () => attempt(last)
  const forget = () => (problem.value = null)
  return { problem, isBusy, attempt, again, forget }
}
