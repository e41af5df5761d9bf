import DataLoader from 'dataloader'
import type { Querier } from '../store/line.ts'
import { type Usable, usableSecrets, usableSessions } from '../store/usable-secrets.ts'
import { sessionIdleMs } from './find-caller.ts'
import { hashToken } from './token.ts'
import type { Uses } from './uses.ts'

/**
 * Whether secrets that were let in still are: one statement for all that are asked about together, and one for all sessions. Nothing is remembered.
 * False says only that one has to be looked up by itself.
 */
export interface StillUsable {
  ofSecret(secret: string): Promise<boolean>
  ofSession(secret: string): Promise<boolean>
}

export function createStillUsable(line: Querier, uses: Uses): StillUsable {
  function together(find: (hashes: readonly Buffer[]) => Promise<Usable>) {
    const loader = new DataLoader<Buffer, boolean>(
      async (hashes) => {
        const found = await find(hashes)
        uses.ofMany([...found.values()].flat())
        return hashes.map((hash) => found.has(hash.toString('base64')))
      },
      { cache: false },
    )
    return (secret: string) => loader.load(hashToken(secret))
  }

  return {
    ofSecret: together((hashes) => usableSecrets(line, hashes)),
    ofSession: together((hashes) => usableSessions(line, hashes, sessionIdleMs)),
  }
}
