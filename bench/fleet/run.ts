import { cpuMs, memoryMb } from '../process-figures.ts'
import { setStage } from '../stage.ts'

/**
 * Many connections whose initial syncs are asked for at once: rows a second over all, and how evenly the runs are served, on one worker and on
 * two. Usage: node --import tsx bench/fleet/run.ts [connections] [records of each]
 */
const connections = Number(process.argv[2] ?? 200)
const records = Number(process.argv[3] ?? 2_000)

const one = await fleet(1)
const two = await fleet(2)
console.log(`two workers against one: × ${(two / one).toFixed(2)} rows a second`)

async function fleet(workers: number): Promise<number> {
  const { worker, addWorker, db, connect, succeeded, stop } = await setStage(records, 10)
  try {
    for (let i = 1; i < workers; i++) await addWorker()
    await db.pool.query('UPDATE environment SET credit_total = credit_total + $1', [connections])
    const cpu = cpuMs(worker.pid)
    const runs = await Promise.all(
      Array.from({ length: connections }, async (_, i) => {
        const { syncRunId } = await connect(`fleet ${i}`, ['PURCHASE_ORDER'], {})
        return succeeded(syncRunId)
      }),
    )
    const begun = Math.min(...runs.map((run) => run.requestedAt.getTime()))
    const ended = runs.map((run) => (run.finishedAt?.getTime() ?? 0) - begun).sort((a, b) => a - b)
    const took = runs
      .map((run) => (run.finishedAt?.getTime() ?? 0) - (run.startedAt?.getTime() ?? 0))
      .sort((a, b) => a - b)
    const rate = (connections * records) / ((ended.at(-1) ?? Number.NaN) / 1_000)
    console.log(
      `${connections} connections of ${records} records, ${workers} worker(s): ${rate.toFixed(0)} rows a second, ` +
        `${((connections * 1_000) / (ended.at(-1) ?? Number.NaN)).toFixed(1)} runs a second; ` +
        `a run from its start: median ${seconds(took, 0.5)}, 95 % ${seconds(took, 0.95)}, longest ${seconds(took, 1)} s; ` +
        `first worker ${(((cpuMs(worker.pid) - cpu) * 1_000) / connections / records).toFixed(0)} µs a row, at most ${memoryMb(worker.pid).peak} MB`,
    )
    return rate
  } finally {
    await stop()
  }
}

function seconds(sorted: readonly number[], share: number): string {
  return ((sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN) / 1_000).toFixed(1)
}
