import { Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { failureAt } from '../forms/failure-at.ts'
import { Refusal } from '../forms/refusal.tsx'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import {
  CreateApiKeyDocument,
  type CreateApiKeyMutation,
  type Scope,
  type SecretTargetInput,
} from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { SecretOnce } from '../ui/secret-once.tsx'
import { scopeWords } from './scope-words.ts'

type Made = Extract<CreateApiKeyMutation['createApiKey'], { __typename: 'CreateApiKeyPayload' }>

const lifetimes = [
  { value: '', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]
const dayMs = 86_400_000

export function CreateKeyForm({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { environment } = useHere()
  const { viewer } = useSession()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(['CONNECTIONS_READ', 'SYNCS_READ', 'RECORDS_READ'])
  const [days, setDays] = useState('90')
  const [deliverTo, setDeliverTo] = useState<SecretTargetInput | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [made, setMade] = useState<Made | null>(null)
  const create = useOperation(CreateApiKeyDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * dayMs).toISOString()
    const outcome = await create.run({ input: { environment, name, scopes: [...scopes], expiresAt, deliverTo } })
    setFailure(outcome.failure)
    setMade(outcome.payload)
    if (outcome.payload) onMade()
  }

  if (made)
    return (
      <Stack gap="md">
        <SecretOnce what="key" secret={made.key} delivery={made.tokenDelivery} />
        <Button onClick={onClose} w="fit-content">
          Done
        </Button>
      </Stack>
    )
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Who uses it, or what for."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={failureAt(failure, ['name'])}
          required
          data-autofocus
        />
        <Checkbox.Group
          label="What it may do"
          value={[...scopes]}
          onChange={(chosen) => setScopes(chosen as Scope[])} // the values below
          error={failureAt(failure, ['scopes'])}
        >
          <Stack gap="xs" mt="xs">
            {viewer.scopes.map((scope) => (
              <Checkbox key={scope} value={scope} label={scopeWords[scope]} description={scope} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Select
          label="Expires"
          data={lifetimes}
          value={days}
          onChange={(chosen) => setDays(chosen ?? '')}
          allowDeselect={false}
          error={failureAt(failure, ['expiresAt'])}
          maw={240}
        />
        <SecretTargetFields
          what="key"
          value={deliverTo}
          onChange={setDeliverTo}
          failure={failure}
          place={['deliverTo']}
        />
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={create.running} disabled={scopes.length === 0}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
