import { setImmediate } from 'node:timers/promises'
import type pg from 'pg'
import { newestSequences } from '../store/event-read.ts'

/** How far the connections of an environment have come. Read once for all who ask in the same turn, as all do after a gap. */
export type Standings = (environmentId: string) => Promise<ReadonlyMap<string, bigint>>

export function createStandings(pool: pg.Pool): Standings {
  const asked = new Map<string, Promise<ReadonlyMap<string, bigint>>>()

  async function read(environmentId: string) {
    await setImmediate()
    // whoever asks from here on is told of what is committed from here on
    asked.delete(environmentId)
    return newestSequences(pool, environmentId)
  }

  return (environmentId) => {
    const reading = asked.get(environmentId) ?? read(environmentId)
    asked.set(environmentId, reading)
    return reading
  }
}
