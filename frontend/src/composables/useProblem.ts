import { ApiError } from '@/api/client'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'

const OURS = new Set(['offline', 'timeout', 'bad_reply'])

/** An error in words: what, what to do, and the technical side for a report. */
export function useProblem(error: MaybeRefOrGetter<unknown>) {
  const { t } = useI18n()
  return computed(() => {
    const problem = toValue(error)
    if (!(problem instanceof ApiError)) {
      return {
        text: t('problem.bug.text'),
        advice: t('problem.bug.advice'),
        technical:
          problem instanceof Error ? (problem.stack ?? problem.message) : String(problem),
      }
    }
    const isOurs = OURS.has(problem.code)
    return {
      // The server's messages already say the way out.
      text: isOurs ? t(`problem.${problem.code}.text`) : problem.message,
      advice: isOurs ? t(`problem.${problem.code}.advice`) : '',
      technical: [problem.code, problem.message, problem.detail].filter(Boolean).join('\n'),
    }
  })
}
