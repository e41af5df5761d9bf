import { Alert, Button, Checkbox, Grid, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { failureAt } from '../forms/failure-at.ts'
import { asSchema } from '../forms/json-schema.ts'
import { Refusal } from '../forms/refusal.tsx'
import { ScheduleFields } from '../forms/schedule-fields.tsx'
import { SchemaFields } from '../forms/schema-fields.tsx'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import {
  type CatalogSystemFragment,
  CreateConnectionDocument,
  type EntityType,
  TestConnectionDocument,
} from '../generated/documents.ts'
import { Panel } from '../ui/panel.tsx'
import { Status } from '../ui/status.tsx'
import { entityPlural } from '../ui/words.ts'
import type { Connected } from './connected-panel.tsx'
import { CreditSummary } from './credit-summary.tsx'
import { type Draft, emptyDraft, inputOf } from './draft.ts'
import { newIdempotencyKey } from './idempotency-key.ts'

export interface ConnectFormProps {
  system: CatalogSystemFragment
  /** Credits that are free. */
  available: number
  onConnected: (connected: Connected) => void
}

export function ConnectForm({ system, available, onConnected }: ConnectFormProps) {
  const [draft, setDraft] = useState(() => emptyDraft(system))
  const [failure, setFailure] = useState<Failure | null>(null)
  const [served, setServed] = useState<readonly EntityType[] | null>(null)
  const test = useOperation(TestConnectionDocument)
  const create = useOperation(CreateConnectionDocument)
  // the same for the same input: a repetition after a lost answer connects nothing twice
  const sent = useRef({ input: '', idempotencyKey: '' })
  const change = (changed: Partial<Draft>) => setDraft((before) => ({ ...before, ...changed }))
  const changeSource = (changed: Partial<Draft>) => {
    setServed(null)
    change(changed)
  }

  async function testIt() {
    const { config, credentials } = draft
    const outcome = await test.run({ input: { system: system.key, config, credentials } })
    setFailure(outcome.failure)
    if (!outcome.payload) return setServed(null)
    const { entities } = outcome.payload
    setServed(entities)
    change({ entities: draft.entities.filter((entity) => entities.includes(entity)) })
  }

  async function connect(event: FormEvent) {
    event.preventDefault()
    const input = inputOf(draft, system)
    const text = JSON.stringify(input)
    if (sent.current.input !== text) sent.current = { input: text, idempotencyKey: newIdempotencyKey() }
    const outcome = await create.run({ input: { ...input, idempotencyKey: sent.current.idempotencyKey } })
    setFailure(outcome.failure)
    if (!outcome.payload) return
    const { connection, syncRun, token, tokenDelivery } = outcome.payload
    onConnected({ ...connection, syncRunId: syncRun.id, token, tokenDelivery })
  }

  const fields = { failure, place: [] as string[] }
  return (
    <form onSubmit={(event) => void connect(event)} noValidate>
      <Grid gap="lg" align="flex-start">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Panel title="Source">
              <Stack gap="md">
                <SchemaFields
                  schema={asSchema(system.configSchema)}
                  value={draft.config}
                  onChange={(config) => changeSource({ config })}
                  failure={failure}
                  place={['config']}
                />
                <SchemaFields
                  schema={asSchema(system.credentialsSchema)}
                  value={draft.credentials}
                  onChange={(credentials) => changeSource({ credentials })}
                  failure={failure}
                  place={['credentials']}
                />
                <Group gap="md" mih={36}>
                  <Button variant="default" onClick={() => void testIt()} loading={test.running}>
                    Test the connection
                  </Button>
                  {served && (
                    <Text size="sm" role="status" component="div">
                      <Status tone="good" label={`The source answers and serves ${served.length} entities.`} />
                    </Text>
                  )}
                </Group>
              </Stack>
            </Panel>
            <Panel title="What is synced">
              <Stack gap="md">
                <Checkbox.Group
                  label="Entities"
                  value={[...draft.entities]}
                  onChange={(entities) => change({ entities: entities as EntityType[] })} // the values below
                  error={failureAt(failure, ['entities'])}
                >
                  <Group mt={8} gap="lg">
                    {system.entities.map((entity) => (
                      <Checkbox
                        key={entity}
                        value={entity}
                        label={entityPlural(entity)}
                        disabled={served !== null && !served.includes(entity)}
                      />
                    ))}
                  </Group>
                </Checkbox.Group>
                <NumberInput
                  label="History"
                  description="How many days back documents are read. Master data are read whole."
                  value={draft.historyDays}
                  onChange={(days) => change({ historyDays: Number(days) })}
                  error={failureAt(failure, ['historyDays'])}
                  min={1}
                  max={3650}
                  suffix=" days"
                  maw={320}
                />
                <ScheduleFields
                  {...fields}
                  place={['schedule']}
                  value={draft.schedule}
                  onChange={(schedule) => change({ schedule })}
                />
              </Stack>
            </Panel>
            <Panel title="Whose it is">
              <Stack gap="md">
                <TextInput
                  label="Name of the connection"
                  value={draft.name}
                  onChange={(event) => change({ name: event.currentTarget.value })}
                  error={failureAt(failure, ['name'])}
                  required
                />
                <Group gap="md" grow align="flex-start">
                  <TextInput
                    label="Customer key"
                    description="Your own key of the customer. Optional."
                    value={draft.customer.externalId}
                    onChange={(event) =>
                      change({ customer: { ...draft.customer, externalId: event.currentTarget.value } })
                    }
                    error={failureAt(failure, ['customer', 'externalId'])}
                  />
                  <TextInput
                    label="Customer name"
                    description="For people. Optional."
                    value={draft.customer.name}
                    onChange={(event) => change({ customer: { ...draft.customer, name: event.currentTarget.value } })}
                    error={failureAt(failure, ['customer', 'name'])}
                  />
                </Group>
                <SecretTargetFields
                  {...fields}
                  what="token"
                  place={['deliverTokenTo']}
                  value={draft.deliverTokenTo}
                  onChange={(deliverTokenTo) => change({ deliverTokenTo })}
                />
              </Stack>
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }} pos="sticky" top={76}>
          <Stack gap="md">
            <CreditSummary cost={system.creditCost} available={available} />
            <Refusal failure={failure} />
            <Button type="submit" size="md" loading={create.running} disabled={draft.entities.length === 0}>
              Connect {draft.name.trim() || system.name}
            </Button>
            {draft.entities.length === 0 && <Alert variant="default">Choose one entity at least.</Alert>}
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  )
}
