import { mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import LoopVideo from './LoopVideo.vue'

it('lets go of what was loaded when it is taken away', () => {
  const pause = vi.spyOn(HTMLMediaElement.prototype, 'pause').mockReturnValue()
  const load = vi.spyOn(HTMLMediaElement.prototype, 'load').mockReturnValue()
  const wrapper = mount(LoopVideo, { props: { src: '/preview/x', poster: null } })
  const element = wrapper.element as HTMLVideoElement
  expect([element.muted, element.loop, element.getAttribute('src')]).toEqual([
    true,
    true,
    '/preview/x',
  ])
  wrapper.unmount()
  expect(element.hasAttribute('src')).toBe(false)
  expect([pause, load].map((spy) => spy.mock.calls.length)).toEqual([1, 1])
})
