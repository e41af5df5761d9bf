import type pg from 'pg'
import type { TailSource } from '../../src/events/tail.ts'

/** Of tails that nobody is served from. */
export const unserved = (pool: pg.Pool): TailSource => ({ pool, line: pool, confirm: () => new Map() })
