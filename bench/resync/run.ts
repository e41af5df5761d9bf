import { cpuMs } from '../process-figures.ts'
import { setStage } from '../stage.ts'

/**
 * What a full re-sync costs that finds nothing changed, against the initial sync before it: time and bytes of write-ahead log. Usage:
 * node --import tsx bench/resync/run.ts [records] [re-syncs]
 */
const records = Number(process.argv[2] ?? 200_000)
const repeats = Number(process.argv[3] ?? 3)
const { worker, db, operations, owner, connect, succeeded, stop } = await setStage(records)

interface Cost {
  ms: number
  walBytes: number
  workerCpuMs: number
}

try {
  let connectionId = ''
  const initial = await measured(async () => {
    const created = await connect('re-sync', ['PURCHASE_ORDER'], { pageSize: 5_000 })
    connectionId = created.connectionId
    return created.syncRunId
  })
  console.log(`${records} purchase orders; initial: ${told(initial)}`)
  for (let i = 0; i < repeats; i++) {
    const again = await measured(async () => {
      const started = await operations.startSync(owner, {
        connectionId,
        mode: 'FULL_RESYNC',
        entities: ['PURCHASE_ORDER'],
      })
      return started.syncRunId
    })
    console.log(
      `re-sync: ${told(again)}; ${(again.ms / initial.ms).toFixed(2)} of the initial's time, ${((100 * again.walBytes) / initial.walBytes).toFixed(2)} % of its log`,
    )
  }
} finally {
  await stop()
}

async function measured(start: () => Promise<string>): Promise<Cost> {
  // what autovacuum does within minutes: else the first who reads a new row notes that it is committed, which changes its page
  await db.pool.query('VACUUM ANALYZE')
  // a checkpoint of PostgreSQL makes the next change of each page cost a whole page of log
  await db.pool.query('CHECKPOINT')
  const before = { wal: await walPosition(), cpu: cpuMs(worker.pid) }
  const run = await succeeded(await start())
  return {
    ms: (run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime(),
    walBytes: (await walPosition()) - before.wal,
    workerCpuMs: cpuMs(worker.pid) - before.cpu,
  }
}

async function walPosition(): Promise<number> {
  const { rows } = await db.pool.query<{ bytes: string }>(`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS bytes`)
  return Number(rows[0]?.bytes)
}

function told({ ms, walBytes, workerCpuMs }: Cost): string {
  const perRow = (workerCpuMs * 1_000) / records
  return `${(ms / 1_000).toFixed(1)} s, ${(walBytes / 1_048_576).toFixed(1)} MB of log, ${perRow.toFixed(0)} µs of worker CPU a row`
}
