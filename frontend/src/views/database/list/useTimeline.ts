import type { Question } from '@/api/artworks'
import { readTimeline } from '@/api/library'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { stretchesOf, type Stretch } from './timeline'
import type { Anchor, Course } from './useArtworkPages'

const BY_DATE = ['newest', 'oldest']
const LONG = 200 // artworks; in fewer nobody gets lost

/** Where in the answer which month begins; only in orders that go by date. */
export function useTimeline(ask: () => Question, isWanted: () => boolean) {
  const answer = useQuery({
    queryKey: ['timeline', () => ask().q, () => ask().sort],
    queryFn: async ({ signal }) => {
      const question = ask()
      return { question, timeline: await readTimeline(question, signal) }
    },
    enabled: computed(isWanted),
  })
  const whole = computed(() => {
    const { question, timeline } = answer.data.value ?? {}
    if (!question || !timeline) return null
    const stretches = stretchesOf(timeline)
    const last = stretches.at(-1)
    const length = last ? last.start + last.amount : 0
    const isExact = !timeline.is_estimate && BY_DATE.includes(question.sort)
    const anchors = stretches.flatMap(({ start, cursor }): Anchor[] =>
      isExact && cursor !== null ? [{ start, cursor }] : [],
    )
    return { question, stretches, isExact, course: { length, anchors } }
  })

  /** What is known of the list that answers a question. */
  function course({ q, sort }: Question): Course | null {
    const known = whole.value
    return known?.question.q === q && known.question.sort === sort ? known.course : null
  }
  /** The months to go along; empty where that makes no sense. */
  const stretches = computed<readonly Stretch[]>(() => {
    const { isExact, course, stretches: all } = whole.value ?? {}
    return isExact && course!.length >= LONG && all!.length > 1 ? all! : []
  })
  return { course, stretches }
}
