import { VisuallyHidden } from '@mantine/core'
import { useNow } from './clock.tsx'
import { fromNow, inFull } from './time.ts'

export interface MomentProps {
  at: string | null | undefined
  /** What is said when there is none. */
  none?: string
}

/** "3 min ago"; in full on hover and for screen readers. */
export function Moment({ at, none = '–' }: MomentProps) {
  const now = useNow()
  if (at == null) return <span>{none}</span>
  const full = inFull(at)
  return (
    <time dateTime={at} title={full} className="numbers" style={{ position: 'relative' }}>
      {fromNow(at, now)}
      <VisuallyHidden component="span"> ({full})</VisuallyHidden>
    </time>
  )
}
