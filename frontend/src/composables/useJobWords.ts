import type { Job } from '@/api/jobs'
import { isOnItsWay, settled, settledShare } from '@/stores/jobs'
import { useStatusStore } from '@/stores/status'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFormat } from './useFormat'

/** A job in words: its state, how far, what it waits for. */
export function useJobWords(job: () => Job) {
  const { t, locale } = useI18n()
  const format = useFormat()
  const status = useStatusStore()

  /** What it does to what. The server speaks English; its title also says how many there are. */
  const title = computed(() => {
    const { kind, targets, title, options } = job()
    const [only] = targets
    if (locale.value === 'en') return title
    if (kind === 'convert' || kind === 'embed' || kind === 'tags') {
      const meant = Number(/^\w+ (\d+) /.exec(title)?.[1] ?? 0)
      return t(`jobs.titles.${kind}`, { n: format.number(meant) })
    }
    if (kind === 'adopt') return t('jobs.titles.adopt', { folder: String(options.folder) })
    if (kind === 'export') return t('jobs.titles.export', { folder: String(options.folder) })
    if (kind === 'duplicates') return t('jobs.titles.duplicates')
    if (kind === 'move') {
      const n = format.number(Number(/ (\d+)/.exec(title)?.[1] ?? 0))
      return t(title.startsWith('Undo') ? 'jobs.titles.moveBack' : 'jobs.titles.move', { n })
    }
    if (kind !== 'download' || !only) return title
    const brought = /^Import (\d+) of (.+)$/.exec(title)
    if (brought)
      return t('jobs.titles.import', {
        n: format.number(Number(brought[1])),
        what: brought[2] ?? '',
      })
    if (targets.length > 1) return t('jobs.titles.many', { n: format.number(targets.length) })
    const what = `${t(`browse.kinds.${only.kind}`)} ${only.value}`
    const picked = /^Download (\d+) of /.exec(title)?.[1]
    return picked
      ? t('jobs.titles.picked', { n: format.number(Number(picked)), what })
      : t('jobs.titles.one', { what })
  })

  const share = computed(() => settledShare(job()))

  const state = computed(() => {
    const coming = isOnItsWay(job())
    return coming ? t(`jobs.wanted.${coming}`) : t(`jobs.states.${job().state}`)
  })

  const amount = computed(() => {
    const { total, asked } = job()
    const n = format.number(settled(job()))
    if (total !== null) return t('jobs.amount', { n, total: format.number(total) })
    return asked ? t('jobs.soFar', { n, total: format.number(asked) }) : t('jobs.listing')
  })

  /** What else there is beside what was asked for. */
  const besides = computed(() => {
    const { have, skipped, gone } = job()
    return [
      have && t('jobs.had', { n: format.number(have) }),
      skipped && t('jobs.skippedSome', { n: format.number(skipped) }),
      gone && t('jobs.goneSome', { n: format.number(gone) }),
    ].filter((text) => text !== 0)
  })

  const speed = computed(() => {
    const { kind, state, bytes_per_s, items_per_s } = job()
    if (state !== 'running' || (!bytes_per_s && !items_per_s)) return null
    // Bytes of other jobs did not come over the line: they are what was saved.
    const isMeasured = kind === 'download' && bytes_per_s > 0
    return isMeasured ? format.speed(bytes_per_s) : format.rate(items_per_s)
  })

  const left = computed(() => {
    const { state, eta_s } = job()
    return state === 'running' && eta_s !== null ? format.duration(eta_s) : null
  })

  /** Why nothing moves, or less than could. */
  const waits = computed(() => {
    const { state, deferred, deferred_until, is_here, owner_port, items_per_s } = job()
    if (state === 'interrupted') return t('jobs.waits.interrupted')
    if (state === 'running') {
      const host = status.status?.hosts.find((one) => one.waits_until !== null)
      if (status.status?.is_online === false) return t('jobs.waits.offline')
      if (host?.waits_until && items_per_s === 0) {
        return t('jobs.waits.host', { host: host.host, time: format.clock(host.waits_until) })
      }
      if (!is_here && owner_port) return t('jobs.waits.elsewhere', { port: owner_port })
    }
    if (deferred && deferred_until) {
      const n = format.number(deferred)
      return t('jobs.waits.deferred', { n, time: format.clock(deferred_until) })
    }
    return deferred ? t('jobs.waits.deferredSome', { n: format.number(deferred) }) : null
  })

  return { title, share, state, amount, besides, speed, left, waits }
}
