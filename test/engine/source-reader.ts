import { z } from 'zod'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'
import { createSourceGates } from '../../src/connectors/http/source-gates.ts'
import { createOpenSource } from '../../src/connectors/open-source.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { announceReady, whenParentEnds } from '../../src/embedded/parent.ts'
import { syncedEntities } from '../../src/model/entities.ts'
import { openDatabase } from '../../src/store/database.ts'
import { newId } from '../../src/store/ids.ts'
import { createSourceBudget } from '../../src/store/source-budget.ts'

// A process that reads a connection's source as a worker does, all entities at once, again and again for as long as the test says so.
const given = z
  .object({ DATABASE_URL: z.string(), CONNECTION_ID: z.string(), CONFIG: z.string(), MORE_URL: z.string() })
  .parse(process.env)

const db = openDatabase({ url: given.DATABASE_URL, applicationName: 'reader', max: 2, onError: () => {} })
const connectors = createRegistry([createDemoConnector({ defaultBaseUrl: null })])
const open = createOpenSource(connectors, ['127.0.0.1'], createSourceGates(createSourceBudget(db, newId())))
const { source, close } = open({
  system: 'demo',
  config: JSON.parse(given.CONFIG),
  credentials: {},
  connectionId: given.CONNECTION_ID,
})
const { signal } = new AbortController()

whenParentEnds(() => process.exit(1))
announceReady()
while ((await (await fetch(given.MORE_URL)).text()) === 'yes') {
  await Promise.all(
    syncedEntities.map(async (entity) => {
      for await (const page of source.read(entity, { since: null, after: null, signal })) void page
    }),
  )
}
await close()
await db.close()
process.exit(0)
