import type { SourceHttp } from '../../../src/connectors/contract.ts'
import { describeConnector, type Rig } from '../contract-suite.ts'
import { capCredentials, capEntities, startCapRig } from './cap-rig.ts'

/** Leaves out of the count what a source asks before its first page: the schema, and records without a stamp (there are none). */
function countingRecords(http: SourceHttp): SourceHttp {
  let others = 0
  return {
    get(url, request) {
      if (url.pathname.endsWith('/$metadata') || url.searchParams.get('$filter')?.includes('eq null')) others += 1
      return http.get(url, request)
    },
    get usage() {
      return { ...http.usage, requests: http.usage.requests - others }
    },
  }
}

async function setUp(): Promise<Rig> {
  const { cap, connector, http, close } = await startCapRig()
  const keyOf = (row: Record<string, unknown>) => `${row['plant']}|${row['number']}`
  const pathOf = (key: string) => `Stock(plant='${key.split('|')[0]}',number=${key.split('|')[1]})`
  const rows = await cap.rows('Stock')
  const stamp = new Date(Math.max(...rows.map((row) => Date.parse(row.modifiedAt ?? ''))))
  return {
    // the suite hands back what the connector's own schemas have parsed
    connector: connector as Rig['connector'],
    config: { baseUrl: cap.baseUrl, pageSize: 10, entities: { PART: capEntities.PART } },
    configAt: (baseUrl) => ({ baseUrl, entities: { PART: capEntities.PART } }),
    credentials: capCredentials,
    badCredentials: { ...capCredentials, password: 'wrong' },
    http: countingRecords(http),
    entity: 'PART',
    async expectedKeys(since) {
      return (await cap.rows('Stock')).filter((row) => !since || new Date(row.modifiedAt ?? '') >= since).map(keyOf)
    },
    modify: async (key) => void (await cap.patch(pathOf(key), { text: 'changed' })),
    remove: async (key) => void (await cap.remove(pathOf(key))),
    tie: { stamp, keys: rows.filter((row) => row.modifiedAt === stamp.toISOString()).map(keyOf) },
    close,
  }
}

describeConnector('odata, on SAP CAP', setUp)
