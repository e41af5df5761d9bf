import { type Stage, setStage } from '../stage.ts'

/**
 * The time of incremental runs over what is stored: with nothing changed, with 200 changed records and with 1 % of them changed. The figures are
 * flat where the time grows with the changes only. Usage: node --import tsx bench/incremental/run.ts [records …]
 */
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [20_000, 200_000, 2_000_000]
const repeats = 5
const few = 200

const found = new Map<number, { nothing: number; few: number; share: number }>()
for (const records of sizes) {
  const stage = await setStage(records)
  try {
    const { connectionId, syncRunId } = await stage.connect('incremental', ['PURCHASE_ORDER'], { pageSize: 5_000 })
    await stage.succeeded(syncRunId)
    // the first runs make the worker compile its code, whatever is stored
    await median(stage, connectionId, few)
    const nothing = await median(stage, connectionId, 0)
    const fewChanged = await median(stage, connectionId, few)
    const share = await median(stage, connectionId, records / 100)
    found.set(records, { nothing, few: fewChanged, share })
    console.log(
      `${records} stored: nothing changed ${nothing} ms, ${few} changed ${fewChanged} ms, ${records / 100} changed ${share} ms (${(((share - nothing) * 1_000) / (records / 100)).toFixed(0)} µs a change)`,
    )
  } finally {
    await stage.stop()
  }
}
const [first, last] = [found.get(sizes[0] ?? 0), found.get(sizes.at(-1) ?? 0)]
if (first && last) {
  console.log(
    `from ${sizes[0]} to ${sizes.at(-1)} stored: nothing changed × ${(last.nothing / first.nothing).toFixed(2)}, ${few} changed × ${(last.few / first.few).toFixed(2)}`,
  )
}

async function median(stage: Stage, connectionId: string, changes: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < repeats; i++) times.push(await incremental(stage, connectionId, changes))
  return times.sort((a, b) => a - b)[repeats >> 1] ?? Number.NaN
}

async function incremental({ sourceUrl, operations, owner, succeeded }: Stage, connectionId: string, changes: number) {
  if (changes > 0) {
    await fetch(`${sourceUrl}/control/touch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ collection: 'purchase-orders', count: changes }),
    })
  }
  const { syncRunId } = await operations.startSync(owner, {
    connectionId,
    mode: 'INCREMENTAL',
    entities: ['PURCHASE_ORDER'],
  })
  const run = await succeeded(syncRunId)
  if ((run.entities[0]?.updated ?? 0) < changes) throw new Error('not all changes arrived')
  return (run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime()
}
