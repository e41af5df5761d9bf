import { Group, Select, Text } from '@mantine/core'
import { useNavigate } from 'react-router'
import type { EnvironmentKind } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { inSentenceCase } from '../ui/words.ts'
import classes from './environment-switch.module.css'
import { useHere } from './use-here.ts'

/** As the keys and tokens of an environment name its kind. */
const shortKinds: Record<EnvironmentKind, string> = { PRODUCTION: 'prod', DEVELOPMENT: 'dev', TESTING: 'test' }

const Kind = ({ kind }: { kind: EnvironmentKind }) => (
  <Text span className={classes['kind'] ?? ''} data-kind={kind} aria-hidden>
    {shortKinds[kind]}
  </Text>
)

export function EnvironmentSwitch() {
  const { environments } = useSession()
  const { environment } = useHere()
  const go = useNavigate()
  const kindOf = (name: string) => environments.find((each) => each.name === name)?.kind ?? 'PRODUCTION'
  const kind = kindOf(environment)
  return (
    <Select
      aria-label={`Environment (${inSentenceCase(kind)})`}
      w={{ base: 160, xs: 190 }}
      value={environment}
      data={environments.map(({ name }) => name)}
      onChange={(name) => name !== null && void go(`/${name}/connections`)}
      allowDeselect={false}
      readOnly={environments.length === 1}
      leftSection={<Kind kind={kind} />}
      leftSectionWidth={58}
      renderOption={({ option: { value } }) => (
        <Group gap="xs" wrap="nowrap">
          <Kind kind={kindOf(value)} />
          {value}
        </Group>
      )}
      comboboxProps={{ shadow: 'md' }}
    />
  )
}
