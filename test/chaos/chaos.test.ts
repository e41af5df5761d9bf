import { inject, test } from 'vitest'
import { runChaos } from './chaos.ts'

/**
 * The short form of chaos.ts: each process is killed once, at moments that the seed chooses. CHAOS_SEED plays another one; the long form runs by
 * hand: npm run chaos -- --minutes 10 --seed 7
 */
const seed = Number(process.env['CHAOS_SEED'] ?? 1)

test(
  'kill -9 of worker, API, Temporal and PostgreSQL in an initial sync and a re-sync: nothing is lost, nothing is twice',
  () =>
    runChaos({
      seed,
      records: 30_000,
      temporalCli: inject('temporalCli'),
      goesOn: () => false,
      say: (line) => console.log(`chaos (seed ${seed}): ${line}`),
    }),
  400_000,
)
