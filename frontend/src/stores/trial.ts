import { tryConversion, type ConvertOptions, type Trials } from '@/api/conversions'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

export const SAMPLES = 5

/** What was tried last; it goes on, and stays, while somebody looks at another tab. */
export const useTrialStore = defineStore('trial', () => {
  const trials = shallowRef<Trials | null>(null)
  const asked = shallowRef<{ query: string; convert: ConvertOptions } | null>(null)
  const error = shallowRef<unknown>(null)
  const isBusy = ref(false)
  const chosen = ref(0)
  const triedAt = ref(0) // ms

  async function run(query: string, convert: ConvertOptions) {
    if (isBusy.value) return
    asked.value = { query, convert }
    isBusy.value = true
    triedAt.value = Date.now()
    error.value = null
    trials.value = null // its files are gone as soon as others are tried
    chosen.value = 0
    try {
      const found = await tryConversion(query, convert, SAMPLES)
      trials.value = found
      chosen.value = Math.max(
        0,
        found.samples.findIndex(({ outcome }) => outcome === 'done'),
      )
    } catch (problem) {
      error.value = problem
    } finally {
      isBusy.value = false
    }
  }
  const again = () => (asked.value ? run(asked.value.query, asked.value.convert) : undefined)

  return { trials, asked, error, isBusy, chosen, triedAt, run, again }
})
