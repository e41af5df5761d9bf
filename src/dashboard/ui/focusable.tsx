import type { ComponentProps } from 'react'

/**
 * For `renderRoot` of a button: while it cannot be pressed it keeps the focus, which one that is disabled loses. `aria-disabled` alone switches it off
 * without changing its look, for a moment that is too short to show.
 */
export const focusable = ({
  disabled,
  'aria-disabled': off = disabled,
  onClick,
  ...button
}: ComponentProps<'button'>) => <button aria-disabled={off} onClick={off ? undefined : onClick} {...button} />
