import type { Scope } from '../generated/prisma/enums.ts'

/** Who is asking, as authentication found it. Resolved for every request, never cached. */
export interface Caller {
  readonly kind: 'OWNER' | 'API_KEY' | 'CONNECTION_TOKEN'
  /** "owner", or the id of the key or token: what audit entries and runs say, and the scope of idempotency keys. */
  readonly id: string
  readonly environmentId: string
  readonly scopes: ReadonlySet<Scope>
  /** The one connection that a connection token reaches; null for keys. */
  readonly connectionId: string | null
  readonly ip: string | null
}

/** What sockets and streams are counted by. */
export const credentialOf = ({ kind, id }: Pick<Caller, 'kind' | 'id'>): string => `${kind}/${id}`

/** What every connection's token may do, with its own connection. */
export const connectionTokenScopes: ReadonlySet<Scope> = new Set([
  'CONNECTIONS_READ',
  'SYNCS_READ',
  'SYNCS_WRITE',
  'RECORDS_READ',
])

/** What of these scopes a caller lacks: nobody gives, or gets back from a rotation, more than they have. The owner has all. */
export const scopesBeyond = (caller: Caller, scopes: Iterable<Scope>): Scope[] =>
  caller.kind === 'OWNER' ? [] : [...scopes].filter((scope) => !caller.scopes.has(scope))
