import { dashboardFolder } from '../../src/http/dashboard-files.ts'
import type { Delivery } from '../../src/secrets/delivery.ts'
import { SecretStoreDenied } from '../../src/secrets/secret-store.ts'
import { freshDatabase } from '../database.ts'
import { ownerKey, startTestApi } from '../graphql/api.ts'
import { openWay } from '../graphql/severable-way.ts'
import { openVisitors } from './visitors.ts'

export { ownerKey }

/** What was written to a secret store that takes everything but what is to lie below `denied/`. */
function takingMost() {
  const written = new Map<string, string>()
  const delivery: Delivery = {
    isOn: () => true,
    check: () => {},
    async write(_environment, { name }, secret) {
      if (name.startsWith('denied/')) throw new SecretStoreDenied('The store lets nobody write there.')
      written.set(name, secret)
    },
    during: (work) => work,
    idle: async () => {},
  }
  return { delivery, written }
}

export type SmallDashboard = Awaited<ReturnType<typeof startSmallDashboard>>

const manySignIns = { burst: 1_000, everyMs: 1, addresses: 10 }

/** An API that syncs nothing, on a database that can be cut off, and a browser: for what people do, not for what comes of it in Temporal. */
export async function startSmallDashboard({ signInLimits = manySignIns } = {}) {
  const way = await openWay(await freshDatabase())
  const { delivery, written } = takingMost()
  const api = await startTestApi({ dashboard: dashboardFolder, delivery, signInLimits }, way.url)
  const origin = new URL(api.url).origin
  const visitors = await openVisitors({ origin, ownerKey })

  /** A connection of the system whose source is always there. */
  async function connect(name: string): Promise<{ id: string; token: string; path: string }> {
    const { data } = await api.ask(
      `mutation ($name: String!) {
         createConnection(input: { system: "paper", name: $name, config: {}, credentials: {}, schedule: { every: "PT15M" } }) {
           ... on CreateConnectionPayload { connection { id } token } } }`,
      { variables: { name } },
    )
    const { connection, token } = data.createConnection
    return { id: connection.id, token, path: `/production/connections/${encodeURIComponent(connection.id)}` }
  }

  /** Whether a key or token opens the API. */
  const opens = async (token: string) => (await api.ask('{ viewer { kind } }', { token })).status === 200

  return {
    ...visitors,
    api,
    way,
    origin,
    delivery,
    written,
    connect,
    opens,
    async stop() {
      await visitors.close()
      await api.stop()
      await way.close()
    },
  }
}
