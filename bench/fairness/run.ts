import { median } from '../median.ts'
import { setStage } from '../stage.ts'

/**
 * How much a huge initial sync delays another connection on the same worker: the time of an incremental run of 100 records, alone and beside an
 * initial sync. The figure is the ratio of the medians. Usage: node --import tsx bench/fairness/run.ts [records] [runs]
 */
const records = Number(process.argv[2] ?? 200_000)
const runs = Number(process.argv[3] ?? 7)
const { sourceUrl, operations, owner, connect, succeeded, stop } = await setStage(records, 2_000)

try {
  const small = await connect('small', ['VENDOR'], {})
  await succeeded(small.syncRunId)
  const alone = await measured(() => runs)
  let syncing = true
  const huge = await connect('huge', ['PURCHASE_ORDER'], { pageSize: 5_000 })
  const initial = succeeded(huge.syncRunId).finally(() => (syncing = false))
  const beside = await measured((done) => (syncing ? done + 1 : done))
  await initial
  console.log(`${records} records beside; alone ${told(alone)}, beside ${told(beside)}`)
  console.log(`ratio of the medians ${(median(beside) / median(alone)).toFixed(2)}`)

  /** Runs until it has done as many as `wanted` says. */
  async function measured(wanted: (done: number) => number): Promise<number[]> {
    const times: number[] = []
    while (times.length < wanted(times.length)) times.push(await incremental(small.connectionId))
    return times
  }
} finally {
  await stop()
}

/** From the request to the end of a run that brings 100 changed records. */
async function incremental(connectionId: string): Promise<number> {
  await fetch(`${sourceUrl}/control/touch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ collection: 'vendors', count: 100 }),
  })
  const started = performance.now()
  const { syncRunId } = await operations.startSync(owner, { connectionId, mode: 'INCREMENTAL', entities: ['VENDOR'] })
  const run = await succeeded(syncRunId)
  if ((run.entities[0]?.updated ?? 0) < 100) throw new Error('not all changes arrived')
  return performance.now() - started
}

function told(times: readonly number[]): string {
  return `${median(times).toFixed(0)} ms (${times.length} runs, ${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)})`
}
