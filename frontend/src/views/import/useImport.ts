import {
  commitImport,
  dropImport,
  INBOX,
  readCapture,
  readPreview,
  sendRequests,
  type ImportPreview,
} from '@/api/imports'
import { useImportLogStore } from '@/stores/importLog'
import { useJobsStore } from '@/stores/jobs'
import { computed, ref, shallowRef } from 'vue'

/** One capture on its way: read, looked at, imported. */
export function useImport() {
  const jobs = useJobsStore()
  const log = useImportLogStore()
  const preview = shallowRef<ImportPreview | null>(null)
  const without = ref(new Set<string>())
  const busy = ref<'' | 'read' | 'send' | 'commit'>('')
  const trouble = shallowRef<unknown>(null)
  let again = () => Promise.resolve()
  let reading: AbortController | null = null

  const amount = computed(() => {
    const found = preview.value
    if (!found) return 0
    const all = found.services.reduce((sum, one) => sum + one.new, 0)
    const left = found.creations.filter((one) => without.value.has(one.key))
    return all - left.reduce((sum, one) => sum + one.new, 0)
  })

  async function doing(what: 'read' | 'send' | 'commit', run: () => Promise<void>) {
    again = () => doing(what, run)
    busy.value = what
    trouble.value = null
    try {
      await run()
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) trouble.value = error
    } finally {
      busy.value = ''
    }
  }

  function forget() {
    reading?.abort()
    if (preview.value) void dropImport(preview.value.token).catch(() => undefined)
    preview.value = null
    without.value = new Set()
    trouble.value = null
  }

  const read = (capture: Blob, name: string) =>
    doing('read', async () => {
      forget()
      reading = new AbortController()
      preview.value = await readCapture(capture, name, reading.signal)
      log.say(
        'read',
        name || preview.value.services.map((one) => one.title).join(', '),
        preview.value.total,
      )
    })

  /** Look at what extensions have sent; what was unticked stays so. */
  const look = () =>
    doing('read', async () => {
      if (preview.value && preview.value.token !== INBOX) forget()
      preview.value = await readPreview(INBOX)
    })

  const forgetInbox = () => doing('read', async () => void (await dropImport(INBOX)))

  const send = () =>
    doing('send', async () => {
      if (preview.value) preview.value = await sendRequests(preview.value.token)
    })

  const commit = () =>
    doing('commit', async () => {
      if (!preview.value) return
      const job = await commitImport(preview.value, [...without.value])
      jobs.put(job)
      log.sawJob(job)
      preview.value = null
      without.value = new Set()
    })

  function toggle(key: string) {
    const next = new Set(without.value)
    if (!next.delete(key)) next.add(key)
    without.value = next
  }

  return {
    preview,
    without,
    busy,
    trouble,
    amount,
    read,
    look,
    forgetInbox,
    send,
    commit,
    toggle,
    forget,
    retry: () => void again(),
  }
}
