import type { RefObject } from 'react'

export const nothingHasFocus = () => document.activeElement === null || document.activeElement === document.body

let forget = () => {}

/**
 * After a dialog the keyboard goes on at what opened it. Where that is taken away by what was asked for, at once or when the page has read it, it
 * goes on at `instead`, or else at the beginning of the page; unless somebody has gone elsewhere first.
 */
export function keepFocus(opener: Element | null, instead?: RefObject<HTMLElement | null>) {
  forget()
  const isGone = () => opener === null || !opener.isConnected || opener.matches(':disabled')
  function look() {
    if (!isGone() || !(nothingHasFocus() || document.activeElement === opener)) return
    forget()
    const next = instead?.current
    ;(next ?? document.querySelector<HTMLElement>('main'))?.focus({ preventScroll: true })
    // it may go as well, once the page has read what was done
    if (next) keepFocus(next)
  }
  function leave({ target }: FocusEvent) {
    if (target instanceof Element && target !== opener && target.closest('[role=dialog]') === null) forget()
  }
  const watch = new MutationObserver(look)
  forget = () => {
    watch.disconnect()
    document.removeEventListener('focusin', leave)
  }
  document.addEventListener('focusin', leave)
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] })
  look()
}
