import { Progress } from '@mantine/core'

export interface ProgressBarProps {
  /** What goes on. */
  label: string
  /** From 0 to 1; null where nobody knows the whole. */
  share: number | null
  color?: string | undefined
  size?: number
}

/** Says how much of it is done; where that is not known, only that it goes on. */
export function ProgressBar({ label, share, color, size = 5 }: ProgressBarProps) {
  const percent = share === null ? null : Math.round(Math.min(1, Math.max(0, share)) * 100)
  return (
    <Progress.Root
      mt={6}
      size={size}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? { 'aria-valuetext': 'Going on' } : { 'aria-valuenow': percent })}
    >
      <Progress.Section
        withAria={false}
        value={share === null ? 34 : Math.min(100, share * 100)}
        color={color}
        striped={share === null}
        animated={share === null}
        // a part in the middle: without its motion too it is neither empty nor full
        style={share === null ? { marginInlineStart: '33%' } : undefined}
      />
    </Progress.Root>
  )
}
