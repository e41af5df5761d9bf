import { Select } from '@mantine/core'
import { useNavigate } from 'react-router'
import type { EnvironmentKind } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { useHere } from './use-here.ts'

const tones: Record<EnvironmentKind, string> = {
  PRODUCTION: 'var(--bad)',
  DEVELOPMENT: 'var(--busy)',
  TESTING: 'var(--warn)',
}

export function EnvironmentSwitch() {
  const { environments } = useSession()
  const { environment } = useHere()
  const go = useNavigate()
  const kind = environments.find(({ name }) => name === environment)?.kind ?? 'PRODUCTION'
  return (
    <Select
      aria-label="Environment"
      w={{ base: 160, xs: 190 }}
      value={environment}
      data={environments.map(({ name }) => name)}
      onChange={(name) => name !== null && void go(`/${name}/connections`)}
      allowDeselect={false}
      readOnly={environments.length === 1}
      leftSection={<span style={{ width: 9, height: 9, borderRadius: 3, background: tones[kind] }} aria-hidden />}
      comboboxProps={{ shadow: 'md' }}
    />
  )
}
