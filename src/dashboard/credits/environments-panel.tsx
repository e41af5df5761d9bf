import { Anchor, Button, Group, Modal, NumberInput, Select, Stack, Table, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { failureAt } from '../forms/failure-at.ts'
import { Refusal } from '../forms/refusal.tsx'
import { CreateEnvironmentDocument, EnvironmentCreditsDocument, type EnvironmentKind } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { tellDone } from '../ui/notify.ts'
import { count } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Loaded } from '../ui/states.tsx'
import { inSentenceCase } from '../ui/words.ts'

/** For the owner: all environments, and the making of another. */
export function EnvironmentsPanel() {
  const query = useLiveQuery({ query: EnvironmentCreditsDocument, variables: {} })
  const [making, setMaking] = useState(false)
  return (
    <Panel
      title="Environments"
      flush
      actions={
        <Button size="xs" variant="default" onClick={() => setMaking(true)}>
          Make another
        </Button>
      }
    >
      <Loaded query={query}>
        {({ environments }) => (
          <Scroll label="All environments">
            <Table style={{ minWidth: 520 }}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Environment</Table.Th>
                  <Table.Th>Kind</Table.Th>
                  <Table.Th ta="right">In use</Table.Th>
                  <Table.Th ta="right">Free</Table.Th>
                  <Table.Th ta="right">In all</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {environments.map(({ id, name, kind, credits }) => (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <Anchor component={Link} to={`/${name}/credits`} size="sm">
                        {name}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>{inSentenceCase(kind)}</Table.Td>
                    <Table.Td ta="right">{count(credits.used)}</Table.Td>
                    <Table.Td ta="right">{count(credits.available)}</Table.Td>
                    <Table.Td ta="right">{count(credits.total)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Loaded>
      <Modal opened={making} onClose={() => setMaking(false)} title="Make an environment">
        <EnvironmentForm onClose={() => setMaking(false)} onMade={query.refresh} />
      </Modal>
    </Panel>
  )
}

const kinds: readonly EnvironmentKind[] = ['PRODUCTION', 'DEVELOPMENT', 'TESTING']

function EnvironmentForm({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { refresh } = useSession()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<EnvironmentKind>('TESTING')
  const [credits, setCredits] = useState<number | string>(100)
  const [failure, setFailure] = useState<Failure | null>(null)
  const create = useOperation(CreateEnvironmentDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const { failure: refused } = await create.run({ input: { name, kind, credits: Number(credits) } })
    setFailure(refused)
    if (refused) return
    tellDone(`The environment ${name} is made.`)
    refresh()
    onMade()
    onClose()
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Small letters, digits and dashes. It is final."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={failureAt(failure, ['name'])}
          required
          data-autofocus
        />
        <Select
          label="Kind"
          description="Its keys and tokens carry it. It is final."
          data={kinds.map((value) => ({ value, label: inSentenceCase(value) }))}
          value={kind}
          onChange={(chosen) => setKind(kinds.find((each) => each === chosen) ?? kind)}
          allowDeselect={false}
        />
        <NumberInput
          label="Credits"
          value={credits}
          onChange={setCredits}
          error={failureAt(failure, ['credits'])}
          min={0}
          maw={240}
        />
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={create.running}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
