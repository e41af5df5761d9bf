import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findTemporalCli } from '../../src/embedded/temporal/cli.ts'
import { runChaos } from './chaos.ts'

/** npm run chaos -- --minutes 10 --seed 7 --records 60000: re-syncs with kills in them until the time is up. Fails with exit code 1. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    records: { type: 'string', default: '60000' },
  },
})
const end = performance.now() + Number(values.minutes) * 60_000
const seed = Number(values.seed)
const cli = await findTemporalCli({
  folder: fileURLToPath(new URL('../../node_modules/.cache/syncline/temporal', import.meta.url)),
  searchPath: process.env['PATH'] ?? '',
})
console.log(`seed ${seed}`)
await runChaos({
  seed,
  records: Math.ceil(Number(values.records) / 6) * 6,
  temporalCli: cli.path,
  goesOn: () => performance.now() < end,
  say: (line) => console.log(line),
})
console.log('nothing lost, nothing twice')
process.exit(0)
