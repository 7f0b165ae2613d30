import { ApiError } from '@/api/client'
import { previewLayout, type LayoutPreview } from '@/api/layouts'
import { useDelayed } from '@/composables/useDelayed'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch } from 'vue'
import { useSettings } from '../useSettings'

export const LAYOUTS = ['organized', 'classic', 'dated', 'dataset', 'template'] as const
export type LayoutName = (typeof LAYOUTS)[number]
export const FIRST_TEMPLATE = '{author}/{date} {title:40|untitled} {id}'

/** How a layout is called over the wire. */
export const asked = (layout: LayoutName, template: string) =>
  layout === 'template' ? `template:${template}` : layout

/** The layout of new files: as it is saved, as it is being chosen, and what that would mean. */
export function useNames() {
  const settings = useSettings()
  const setting = (name: string) =>
    computed(() => settings.all.value?.settings.find((one) => one.name === name))
  const savedLayout = setting('names.layout')
  const savedTemplate = setting('names.template')

  const layout = ref<LayoutName>('organized')
  const template = ref('')
  function discard() {
    layout.value = (savedLayout.value?.value as LayoutName | undefined) ?? 'organized'
    template.value = (savedTemplate.value?.value as string | undefined) || FIRST_TEMPLATE
  }
  watch([savedLayout, savedTemplate], discard, { immediate: true })

  const wanted = computed(() => asked(layout.value, template.value.trim()))
  const saved = computed(() =>
    asked(
      (savedLayout.value?.value as LayoutName | undefined) ?? 'organized',
      (savedTemplate.value?.value as string | undefined) ?? '',
    ),
  )
  const isChanged = computed(() => wanted.value !== saved.value)
  const isLocked = computed(
    () => !savedLayout.value?.is_editable || !savedTemplate.value?.is_editable,
  )

  const shown = useDelayed(() => wanted.value)
  const preview = useQuery({
    queryKey: ['layout', shown],
    queryFn: ({ signal }) => previewLayout(shown.value, signal),
    placeholderData: keepPreviousData,
    retry: false,
  })
  /** The last one that could be had: it stays while somebody types what is none yet. */
  const lastPreview = shallowRef<LayoutPreview>()
  watch(preview.data, (data) => data && (lastPreview.value = data), { immediate: true })
  /** What is wrong with the template, in the server's words. */
  const mistake = computed(() => {
    const error = preview.error.value
    return error instanceof ApiError && error.code === 'bad_template'
      ? error.message
      : undefined
  })

  const save = () =>
    settings.change(
      layout.value === 'template'
        ? { 'names.layout': layout.value, 'names.template': template.value.trim() }
        : { 'names.layout': layout.value },
    )

  return {
    settings,
    own: computed(() => [savedLayout.value, savedTemplate.value].filter((one) => !!one)),
    classicJson: setting('names.classic_json'),
    captions: setting('names.captions'),
    layout,
    template,
    wanted,
    isChanged,
    isLocked,
    preview,
    lastPreview,
    mistake,
    save,
    discard,
  }
}
