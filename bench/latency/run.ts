import { cpuMs, memoryMb } from '../process-figures.ts'
import { setStage } from '../stage.ts'

/**
 * An initial sync of a source that is far away: every answer takes 50 ms more, pages hold 500 records. In one chain (a limiter that lets one
 * request go out at a time gives no other choice) and in several (the default of four). The figure is the ratio of their times. Usage:
 * node --import tsx bench/latency/run.ts [records] [pairs]
 */
const records = Number(process.argv[2] ?? 200_000)
const pairs = Number(process.argv[3] ?? 3)
const { sourceUrl, worker, db, operations, owner, connect, succeeded, stop } = await setStage(records)

try {
  await fetch(`${sourceUrl}/control/switches`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ latencyMs: 50 }),
  })
  const ratios: number[] = []
  // the first pair makes the source render its pages, and the worker compile its code
  for (let pair = 0; pair <= pairs; pair++) {
    const one = await initial({ maxInFlight: 1 })
    const several = await initial({})
    const ratio = several.ms / one.ms
    if (pair > 0) ratios.push(ratio)
    const name = pair === 0 ? 'warm-up' : `pair ${pair}`
    console.log(`${name}: one chain ${told(one)}; several ${told(several)}; ratio ${ratio.toFixed(2)}`)
  }
  ratios.sort((a, b) => a - b)
  console.log(
    `median ratio ${(ratios[ratios.length >> 1] ?? Number.NaN).toFixed(2)}; worker at most ${memoryMb(worker.pid).peak} MB`,
  )
} finally {
  await stop()
}

async function initial(config: Record<string, unknown>) {
  await db.pool.query('TRUNCATE record')
  await db.pool.query('CHECKPOINT')
  const cpu = cpuMs(worker.pid)
  const created = await connect('far', ['PURCHASE_ORDER'], { pageSize: 500, ...config })
  const run = await succeeded(created.syncRunId)
  const rows = await db.prisma.record.count()
  if (rows !== records) throw new Error(`${rows} rows of ${records} arrived`)
  await operations.disconnectConnection(owner, { connectionId: created.connectionId })
  return {
    ms: (run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime(),
    cpuMs: cpuMs(worker.pid) - cpu,
    requests: Number(run.entities[0]?.sourceRequests),
  }
}

function told({ ms, cpuMs, requests }: Awaited<ReturnType<typeof initial>>): string {
  return `${(ms / 1_000).toFixed(1)} s (${((cpuMs * 1_000) / records).toFixed(0)} µs of worker CPU a row, ${requests} requests)`
}
