import { useNavigate } from 'react-router'
import type { CreateConnectionMutation } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useHandOver } from '../session/hand-over.tsx'
import { useSession } from '../session/session-context.ts'
import { tellDone, tellFailed } from '../ui/notify.ts'

type Connected = Omit<
  Extract<CreateConnectionMutation['createConnection'], { __typename: 'CreateConnectionPayload' }>,
  '__typename'
>

/** What the page of a connection is told where its token cannot be shown. */
export const tokenLost = { tokenLost: true }

export const isTokenLost = (state: unknown) => typeof state === 'object' && state !== null && 'tokenLost' in state

/**
 * From a new connection to its initial sync, with its token in hand. A replay has none: it was in an answer that got lost. Then to where it is
 * rotated.
 */
export function useArrival() {
  const go = useNavigate()
  const { at } = useHere()
  const { may } = useSession()
  const { handOver } = useHandOver()
  const from = location.pathname

  return ({ connection, syncRun, token, tokenDelivery }: Connected) => {
    const lost = token === null && tokenDelivery === 'SHOWN'
    tellDone(`${connection.name} is connected.`)
    if (!lost) handOver({ of: connection.name, what: 'token', secret: token, delivery: tokenDelivery })
    else if (!may('KEYS_MANAGE'))
      tellFailed('The answer with its token was lost. Have somebody rotate the token whose key may manage keys.')
    // whoever has left meanwhile is not fetched back
    if (location.pathname !== from) return
    const page = at(`connections/${encodeURIComponent(connection.id)}`)
    if (lost) void go(page, { state: tokenLost })
    else void go(syncRun ? at(`runs/${encodeURIComponent(syncRun.id)}`) : page)
  }
}
