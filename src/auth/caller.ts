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
export const credentialOf = ({ kind, id }: Caller): string => `${kind}/${id}`
