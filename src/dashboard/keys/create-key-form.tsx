import { Checkbox, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { serverNow } from '../api/server-time.ts'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { DialogForm } from '../forms/dialog-form.tsx'
import { failureAt } from '../forms/failure-at.ts'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import { useIdempotencyKey } from '../forms/use-idempotency-key.ts'
import { CreateApiKeyDocument, type Scope, type SecretTargetInput } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useHandOver } from '../session/hand-over.tsx'
import { useSession } from '../session/session-context.ts'
import { scopeWords } from './scope-words.ts'

const lifetimes = [
  { value: '', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]
const dayMs = 86_400_000
const usual: readonly Scope[] = ['CONNECTIONS_READ', 'SYNCS_READ', 'RECORDS_READ']

export function CreateKeyForm({ onMade }: { onMade: () => void }) {
  const { environment } = useHere()
  const { viewer, may } = useSession()
  const { handOver } = useHandOver()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(() => usual.filter(may))
  const [days, setDays] = useState('90')
  const [deliverTo, setDeliverTo] = useState<SecretTargetInput | null>(null)
  const { run } = useOperation(CreateApiKeyDocument)
  const keyOf = useIdempotencyKey()
  // not when it is sent: repeated after a lost answer it would be another request
  const [openedAt] = useState(serverNow)

  async function make(): Promise<Failure | null> {
    const expiresAt = days === '' ? null : new Date(openedAt + Number(days) * dayMs).toISOString()
    const input = { environment, name, scopes: scopes.toSorted(), expiresAt, deliverTo }
    const { failure, payload } = await run({ input: { ...input, idempotencyKey: keyOf(input) } })
    if (failure) return failure
    handOver({ of: name, what: 'key', secret: payload.key, delivery: payload.tokenDelivery })
    onMade()
    return null
  }

  return (
    <DialogForm action="Make it" leave="Not now" disabled={scopes.length === 0} onSubmit={make}>
      {(failure) => (
        <>
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
        </>
      )}
    </DialogForm>
  )
}
