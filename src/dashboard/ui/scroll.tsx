import type { ReactNode } from 'react'

export interface ScrollProps {
  label: string
  maxHeight?: number
  children: ReactNode
}

/** What is larger than its place is moved within itself, with the keyboard too. */
export const Scroll = ({ label, maxHeight, children }: ScrollProps) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must take the focus (WCAG 2.1.1)
  <section aria-label={label} tabIndex={0} style={{ overflow: 'auto', maxHeight }}>
    {children}
  </section>
)
