import { cpuMs, memoryMb } from '../process-figures.ts'
import { startProgram } from '../child.ts'
import { setStage } from '../stage.ts'

/**
 * Rows a second from source to committed rows, through the whole product, against a hand-tuned loader in the same run: pairs of both, in turn, each into
 * an empty table. Usage: node --import tsx bench/ingest/run.ts [records] [pairs]
 */
const records = Number(process.argv[2] ?? 200_000)
const pairs = Number(process.argv[3] ?? 5)
const { postgres, sourceUrl, worker, db, operations, owner, connect, succeeded, stop } = await setStage(records)

const ratios: number[] = []
try {
  console.log(`${records} purchase orders; rows a second`)
  for (let pair = 1; pair <= pairs; pair++) {
    const product = await measured(throughProduct)
    const loader = await measured(throughLoader)
    ratios.push(product.rate / loader.rate)
    console.log(
      `pair ${pair}: product ${format(product)}, loader ${format(loader)}, ratio ${(product.rate / loader.rate).toFixed(2)}; worker at most ${memoryMb(worker.pid).peak} MB`,
    )
  }
  ratios.sort((a, b) => a - b)
  console.log(`median ratio ${(ratios[Math.floor(ratios.length / 2)] ?? 0).toFixed(2)}`)
} finally {
  await stop()
}

interface Measure {
  rate: number
  workerCpuMs: number
}

async function measured(load: () => Promise<{ rows: number; ms: number }>): Promise<Measure> {
  // waits for the end of what a worker does behind the load before: it is no part of this one
  await db.pool.query(`BEGIN; SET LOCAL lock_timeout = '5min'; TRUNCATE record; COMMIT`)
  await db.pool.query('CHECKPOINT')
  const before = cpuMs(worker.pid)
  const { rows, ms } = await load()
  if (rows !== records) throw new Error(`${rows} rows of ${records} arrived`)
  return { rate: rows / (ms / 1000), workerCpuMs: cpuMs(worker.pid) - before }
}

async function throughProduct() {
  const created = await connect('bench', ['PURCHASE_ORDER'], { pageSize: 5_000 })
  const run = await succeeded(created.syncRunId)
  // what the caller waits for: from the request to the end of the run
  const ms = (run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime()
  const rows = await db.prisma.record.count()
  await operations.disconnectConnection(owner, { connectionId: created.connectionId })
  return { rows, ms }
}

async function throughLoader() {
  const loader = await startProgram('./ingest/loader.ts', [postgres.url, sourceUrl])
  await loader.stop()
  return loader.message as { rows: number; ms: number } // as it sends it
}

function format({ rate, workerCpuMs }: Measure): string {
  const cpu = workerCpuMs > 100 ? ` (${((workerCpuMs * 1000) / records).toFixed(0)} µs of worker CPU a row)` : ''
  return `${Math.round(rate).toLocaleString('en')}${cpu}`
}
