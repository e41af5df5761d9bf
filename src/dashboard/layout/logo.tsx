import { Group, Text } from '@mantine/core'

export const Logo = ({ size = 24 }: { size?: number }) => (
  <Group gap={10} wrap="nowrap">
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#3b5bdb" />
      <path
        d="M7 12.5c4.5-5 9 5 18 0M7 20.5c4.5-5 9 5 18 0"
        fill="none"
        stroke="#fff"
        strokeWidth="2.8"
        strokeLinecap="round"
      />
    </svg>
    <Text fw={680} fz="lg" lh={1} component="span">
      Syncline
    </Text>
  </Group>
)
