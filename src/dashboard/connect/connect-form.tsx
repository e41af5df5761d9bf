import { Alert, Button, Checkbox, Grid, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useOperation } from '../api/use-operation.ts'
import { CustomerFields } from '../forms/customer-fields.tsx'
import { failureAt } from '../forms/failure-at.ts'
import { Refusal } from '../forms/refusal.tsx'
import { ScheduleFields } from '../forms/schedule-fields.tsx'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import { ConfigFields, CredentialsFields } from '../forms/source-fields.tsx'
import { useFailure } from '../forms/use-failure.ts'
import { nothingSent, sentAfter } from '../forms/use-idempotency-key.ts'
import { useShown } from '../forms/use-shown.ts'
import { useStay } from '../forms/use-stay.ts'
import {
  type CatalogSystemFragment,
  CreateConnectionDocument,
  type EntityType,
  TestConnectionDocument,
} from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { useUnfinished } from '../session/unfinished.tsx'
import { focusable } from '../ui/focusable.tsx'
import { tellFailed } from '../ui/notify.ts'
import { Panel } from '../ui/panel.tsx'
import { Status } from '../ui/status.tsx'
import { entityPlural } from '../ui/words.ts'
import { CreditSummary } from './credit-summary.tsx'
import { type Draft, emptyDraft, inputOf, sourceOf, unsendable } from './draft.ts'
import { useArrival } from './use-arrival.ts'

export interface ConnectFormProps {
  system: CatalogSystemFragment
  /** Credits that are free. */
  available: number
}

interface Tested {
  source: string
  served: readonly EntityType[]
}

export function ConnectForm({ system, available }: ConnectFormProps) {
  const { may } = useSession()
  const { environment } = useHere()
  const name = `connect ${environment} ${system.key}`
  const [draft, setDraft] = useUnfinished(name, () => emptyDraft(system))
  const [tested, setTested] = useUnfinished<Tested | null>(`${name} tested`, () => null)
  const [sent, setSent] = useUnfinished(`${name} sent`, () => nothingSent)
  const { failure, setFailure, holds } = useFailure(unsendable(draft))
  const test = useOperation(TestConnectionDocument)
  const create = useOperation(CreateConnectionDocument)
  const arrive = useArrival()
  const isShown = useShown()
  useStay(create.running)
  const change = (changed: Partial<Draft>) => setDraft((before) => ({ ...before, ...changed }))
  // what a test has found holds for what was tested, and for nothing that was written since
  const served = tested?.source === sourceOf(draft) ? tested.served : null
  const entities = draft.entities.filter((entity) => served?.includes(entity) ?? true)
  const isPossible = entities.length > 0 && system.creditCost <= available

  async function testIt() {
    if (holds()) return
    const { config, credentials } = draft
    const outcome = await test.run({ input: { system: system.key, config, credentials } })
    setFailure(outcome.failure)
    setTested(outcome.payload && { source: sourceOf(draft), served: outcome.payload.entities })
  }

  async function connect(event: FormEvent) {
    event.preventDefault()
    if (create.running || !isPossible || holds()) return
    const input = inputOf({ ...draft, entities }, system)
    const sending = sentAfter(sent, input)
    setSent(sending)
    const outcome = await create.run({
      input: { ...input, idempotencyKey: sending.key },
      withRun: may('SYNCS_READ'),
    })
    setFailure(outcome.failure)
    if (outcome.payload) arrive(outcome.payload)
    else if (!isShown()) tellFailed(outcome.failure.message)
  }

  const fields = { failure, place: [] as string[] }
  return (
    <form onSubmit={(event) => void connect(event)} noValidate>
      <Grid gap="lg" align="flex-start">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Panel title="Source">
              <Stack gap="md">
                <ConfigFields
                  system={system}
                  value={draft.config}
                  onChange={(config) => change({ config })}
                  failure={failure}
                />
                <CredentialsFields
                  system={system}
                  value={draft.credentials}
                  onChange={(credentials) => change({ credentials })}
                  failure={failure}
                />
                <Group gap="md" mih={36}>
                  <Button variant="default" onClick={() => void testIt()} loading={test.running} renderRoot={focusable}>
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
                  value={entities}
                  onChange={(chosen) => change({ entities: chosen as EntityType[] })} // the values below
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
                  onChange={(historyDays) => change({ historyDays })}
                  error={failureAt(failure, ['historyDays'])}
                  min={1}
                  max={3650}
                  allowDecimal={false}
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
                <CustomerFields
                  value={draft.customer}
                  onChange={(customer) => change({ customer })}
                  failure={failure}
                />
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
            <Button type="submit" size="md" loading={create.running} renderRoot={focusable} disabled={!isPossible}>
              Connect {draft.name.trim() || system.name}
            </Button>
            {entities.length === 0 && <Alert variant="default">Choose one entity at least.</Alert>}
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  )
}
