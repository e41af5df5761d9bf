import type pg from 'pg'
import { issueToken } from '../auth/token.ts'
import type { EnvironmentKind } from '../generated/prisma/enums.ts'
import { insertConnectionToken } from '../store/connection-token.ts'
import type { Database } from '../store/database.ts'
import { appendEvents, lockGate } from '../store/event-append.ts'
import type { Deliver } from './deliver-token.ts'
import { disconnected } from './errors.ts'
import { type HandedOver, rotateSecret } from './rotate-secret.ts'

export interface TokenReplacement {
  connectionId: string
  environmentKind: EnvironmentKind
  overlapMs: number
  /** Null: the new one is shown. */
  deliver: Deliver | null
  /** In the transaction that makes the new one current. */
  settled(client: pg.ClientBase): Promise<void>
  /** In the transaction that revokes the new one because it could not be delivered, with the reason. */
  failed(client: pg.ClientBase, reason: string): Promise<void>
}

/** Gives a connection a new token, whoever asks for it, and tells it. */
export async function replaceToken(
  db: Database,
  { connectionId, environmentKind, overlapMs, deliver, settled, failed }: TokenReplacement,
): Promise<HandedOver> {
  return rotateSecret(db, {
    succession: { kind: 'CONNECTION', of: connectionId },
    issued: issueToken({ environmentKind, of: 'CONNECTION' }),
    overlapMs,
    deliver,
    async lock(client) {
      if ((await lockGate(client, connectionId)) === 'DISCONNECTED') throw disconnected()
    },
    insert: (client, token) => insertConnectionToken(client, connectionId, token),
    async settled(client, _token, othersEnd) {
      const message =
        overlapMs === 0
          ? 'The token of before has ended.'
          : `The token of before works until ${othersEnd.toISOString()}.`
      await appendEvents(client, connectionId, [{ type: 'TOKEN_ROTATED', message }])
      await settled(client)
    },
    failed,
    path: ['connectionId'],
  })
}
