import { inject, provide, shallowRef, type InjectionKey, type Ref } from 'vue'

const key: InjectionKey<Readonly<Ref<HTMLElement | null>>> = Symbol('scroll box')

/** Say which element scrolls what is inside. */
export function provideScrollBox(box: Readonly<Ref<HTMLElement | null>>) {
  provide(key, box)
}

/** The element that scrolls this component: the page's main part, or a pane with its own. */
export const useScrollBox = () => inject(key, shallowRef(null))
