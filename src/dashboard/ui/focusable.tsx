import type { ComponentProps } from 'react'

/** For `renderRoot` of a button: while it waits it cannot be pressed, and keeps the focus, which one that is disabled loses. */
export const focusable = ({ disabled, onClick, ...button }: ComponentProps<'button'>) => (
  <button aria-disabled={disabled} onClick={disabled ? undefined : onClick} {...button} />
)
