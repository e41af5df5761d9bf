import type pg from 'pg'
import type { MockInstance } from 'vitest'

/** How many statements a spy on clients has seen, but for what each new connection asks once: see src/store/primary.ts. */
export const ownStatements = (spy: MockInstance<pg.Client['query']>) =>
  spy.mock.calls.filter(([asked]) => !JSON.stringify(asked).includes('pg_is_in_recovery')).length
