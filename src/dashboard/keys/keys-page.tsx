import { Alert, Button } from '@mantine/core'
import { useLiveQuery } from '../api/use-live-query.ts'
import { useOperation } from '../api/use-operation.ts'
import { Confirm } from '../forms/confirm.tsx'
import { Dialog } from '../forms/dialog.tsx'
import { useAsked } from '../forms/use-asked.ts'
import { ApiKeysDocument, type KeyRowFragment, RevokeApiKeyDocument } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { PlusIcon } from '../ui/icons.tsx'
import { tellDone } from '../ui/notify.ts'
import { Page } from '../ui/page.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { CreateKeyForm } from './create-key-form.tsx'
import { KeyTable } from './key-table.tsx'
import { RotateKeyForm } from './rotate-key-form.tsx'

const rowsOfPage = 50

type Asked = { to: 'create' } | { to: 'rotate' | 'revoke'; key: KeyRowFragment }

export function KeysPage() {
  const { viewer } = useSession()
  const { place, go, atStart } = usePlace(rowsOfPage)
  const query = useLiveQuery({ query: ApiKeysDocument, variables: { first: rowsOfPage, after: place.after } })
  const { asked, opened, ask, close } = useAsked<Asked>()
  const revoke = useOperation(RevokeApiKeyDocument)
  const isOwn = ({ id }: KeyRowFragment) => viewer.apiKeyId === id
  return (
    <Page
      title="Keys"
      summary="A key opens this environment, as far as its scopes go. Its secret is shown once."
      actions={
        <Button leftSection={<PlusIcon />} onClick={() => ask({ to: 'create' })}>
          Make a key
        </Button>
      }
    >
      <div className="panel">
        <Loaded query={query}>
          {({ apiKeys: { edges, pageInfo, totalCount } }) =>
            edges.length === 0 ? (
              <Empty title="There is no key yet">The owner key works in any case.</Empty>
            ) : (
              <>
                <KeyTable
                  keys={edges.map(({ node }) => node)}
                  onRotate={(key) => ask({ to: 'rotate', key })}
                  onRevoke={(key) => ask({ to: 'revoke', key })}
                />
                <Pager
                  pageInfo={pageInfo}
                  rows={edges.length}
                  totalCount={totalCount}
                  what="keys"
                  backwards={false}
                  atStart={atStart}
                  go={go}
                />
              </>
            )
          }
        </Loaded>
      </div>
      <Dialog opened={opened && asked?.to === 'create'} onClose={close} title="Make a key">
        <CreateKeyForm onMade={query.refresh} />
      </Dialog>
      <Dialog
        opened={opened && asked?.to === 'rotate'}
        onClose={close}
        title={asked?.to === 'rotate' ? `Rotate ${asked.key.name}` : ''}
      >
        {asked?.to === 'rotate' && (
          <RotateKeyForm apiKey={asked.key} own={isOwn(asked.key)} onRotated={query.refresh} />
        )}
      </Dialog>
      <Confirm
        opened={opened && asked?.to === 'revoke'}
        onClose={close}
        title={asked?.to === 'revoke' ? `Revoke ${asked.key.name}?` : ''}
        action="Revoke it"
        danger
        onConfirm={async () => {
          if (asked?.to !== 'revoke') return null
          const { failure } = await revoke.run({ input: { id: asked.key.id } })
          if (failure) return failure.message
          tellDone(`${asked.key.name} is revoked.`)
          query.refresh()
          return null
        }}
      >
        The next request with it is refused; sockets and streams opened with it end within a second, and so do sessions
        that were opened with it. It cannot be undone.
        {asked?.to === 'revoke' && isOwn(asked.key) && (
          <Alert variant="default" role="status" mt="sm">
            You are signed in with this key: you will be signed out, and need another one to sign in again.
          </Alert>
        )}
      </Confirm>
    </Page>
  )
}
