import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { prefetch } from '../../src/activities/prefetch.ts'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'
import { createHostGuard } from '../../src/connectors/http/host-guard.ts'
import { createSourceHttp } from '../../src/connectors/http/source-http.ts'
import { entityCodes } from '../../src/model/entity-type.ts'
import { encodeRecords, recordColumns } from '../../src/store/record-copy.ts'
import type { RecordRow } from '../../src/store/record-row.ts'

/**
 * What a hand-tuned script would do: fetch (two pages ahead) → parse → map → COPY in batches of 5,000 into the same table, while the next
 * batch is mapped. No hashes, events, checkpoints, fences or Temporal.
 */
const [databaseUrl = '', sourceUrl = ''] = process.argv.slice(2)
const batchRows = 5_000
const connectionKey = 2_000_000_000
const noHash = '0'.repeat(40)

const connector = createDemoConnector({ defaultBaseUrl: sourceUrl })
const http = createSourceHttp({ hostGuard: createHostGuard(['127.0.0.1']) })
const source = connector.open({
  config: connector.configSchema.parse({ pageSize: 5_000 }) as never,
  credentials: {},
  http,
}) // parsed by its own schema
const client = new pg.Client(databaseUrl)
await client.connect()

const started = performance.now()
let firstSeq = 1n
let copying: Promise<void> = Promise.resolve()
let rows: RecordRow[] = []
const pages = source.read('PURCHASE_ORDER', { since: null, after: null, signal: new AbortController().signal })
for await (const page of prefetch(pages, { depth: 2 })) {
  for (const received of page.records()) {
    if ('rejected' in received) throw new Error(received.rejected)
    const { record, raw } = received
    rows.push({
      externalId: record.externalId,
      hash: noHash,
      number: String(record.fields['number']),
      status: String(record.fields['status']),
      sourceCreatedAt: record.sourceCreatedAt ?? null,
      sourceUpdatedAt: record.sourceUpdatedAt ?? null,
      data: JSON.stringify(record.fields),
      raw,
    })
    if (rows.length === batchRows) await flush()
  }
}
await flush()
await copying
process.send?.({ rows: Number(firstSeq) - 1, ms: performance.now() - started })
await client.end()
await http.close()
process.disconnect?.()

async function flush() {
  await copying
  const batch = rows
  rows = []
  const context = { connectionKey, entity: entityCodes.PURCHASE_ORDER, firstSeq, now: new Date() }
  firstSeq += BigInt(batch.length)
  const target = client.query(copyFrom(`COPY record (${recordColumns}) FROM STDIN (FORMAT binary)`))
  copying = pipeline(Readable.from(encodeRecords(batch, context)), target)
  copying.catch(() => {})
}
