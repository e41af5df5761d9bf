import type { ReactNode } from 'react'

/** A table that is wider than a small screen is moved within itself, with the keyboard too. */
export const Scroll = ({ label, children }: { label: string; children: ReactNode }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must take the focus (WCAG 2.1.1)
  <section aria-label={label} tabIndex={0} style={{ overflowX: 'auto' }}>
    {children}
  </section>
)
