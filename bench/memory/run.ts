import { memoryMb } from '../process-figures.ts'
import { setStage } from '../stage.ts'

/**
 * The worker's resident memory over one initial sync, sampled every 200 ms. The figure is the peak: it must not grow with the number of records.
 * Usage: node --import tsx bench/memory/run.ts [records] [pageSize]
 */
const records = Number(process.argv[2] ?? 2_000_000)
const pageSize = Number(process.argv[3] ?? 5_000)
const { worker, db, connect, succeeded, stop } = await setStage(records)

const samples: number[] = []
try {
  console.log(`${records} purchase orders in pages of ${pageSize}; worker before: ${memoryMb(worker.pid).now} MB`)
  const started = performance.now()
  const sampling = setInterval(() => samples.push(memoryMb(worker.pid).now), 200)
  const telling = setInterval(() => {
    console.log(`${((performance.now() - started) / 1_000).toFixed(0)} s: ${samples.at(-1)} MB`)
  }, 15_000)
  const { syncRunId } = await connect('memory', ['PURCHASE_ORDER'], { pageSize })
  const run = await succeeded(syncRunId)
  clearInterval(sampling)
  clearInterval(telling)
  const rows = await db.prisma.record.count()
  if (rows !== records) throw new Error(`${rows} rows of ${records} arrived`)
  const seconds = ((run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime()) / 1_000
  samples.sort((a, b) => a - b)
  const share = (part: number) => samples[Math.floor((samples.length - 1) * part)]
  console.log(
    `${Math.round(records / seconds)} rows a second; worker median ${share(0.5)} MB, 95 % ${share(0.95)} MB, peak ${memoryMb(worker.pid).peak} MB`,
  )
} finally {
  await stop()
}
