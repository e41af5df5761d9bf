import { createODataConnector } from '../../../src/connectors/odata/connector.ts'
import type { SyncedEntity } from '../../../src/model/entities.ts'
import { startLocalServer } from '../http/local-server.ts'

export interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly prefer: string | undefined
}

export interface Answer {
  status?: number
  value?: readonly unknown[]
  next?: string | undefined
  text?: string
  headers?: Record<string, string>
}

const metadata = `<Edmx Version="4.0"><DataServices><Schema Namespace="x">
  <EntityType Name="V">
    <Key><PropertyRef Name="ID"/></Key>
    <Property Name="ID" Type="Edm.String"/>
    <Property Name="name" Type="Edm.String"/>
    <Property Name="flag" Type="Edm.Boolean"/>
    <Property Name="at" Type="Edm.DateTimeOffset" Nullable="false"/>
    <Property Name="maybe" Type="Edm.DateTimeOffset"/>
    <Property Name="day" Type="Edm.Date"/>
    <NavigationProperty Name="contacts" Type="Collection(x.C)"/>
  </EntityType>
  <EntityType Name="C"><Property Name="name" Type="Edm.String"/></EntityType>
  <EntityContainer Name="c"><EntitySet Name="Vendors" EntityType="x.V"/></EntityContainer>
</Schema></DataServices></Edmx>`

/** A service that answers Vendors as `answer` says, and the connector on it. */
export async function startFakeService(
  answer: (asked: Asked, nth: number) => Answer,
  origin?: string,
  /** The status of each answer to the question for the metadata. */
  statusOfMetadata: () => number = () => 200,
) {
  const asked: Asked[] = []
  const local = await startLocalServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.endsWith('/$metadata')) {
      response.writeHead(statusOfMetadata(), { 'content-type': 'application/xml' }).end(metadata)
      return
    }
    const prefer = request.headers['prefer']
    asked.push({ path: url.pathname, query: url.searchParams, prefer: typeof prefer === 'string' ? prefer : undefined })
    const last = asked.at(-1)
    const { status = 200, value = [], next, text, headers } = last ? answer(last, asked.length) : {}
    const body =
      text ?? JSON.stringify({ '@odata.context': 'x', ...(next !== undefined && { '@odata.nextLink': next }), value })
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  })
  const connector = createODataConnector()
  const entity: SyncedEntity = 'VENDOR'
  return {
    ...local,
    asked,
    entity,
    open(vendor: Record<string, unknown> = {}, config: Record<string, unknown> = {}) {
      const entities = { VENDOR: { set: 'Vendors', key: ['ID'], modified: 'at', fields: { name: 'name' }, ...vendor } }
      return connector.open({
        config: connector.configSchema.parse({ baseUrl: `${origin ?? local.origin}/service/`, entities, ...config }),
        credentials: { type: 'bearer', token: 'hunter2' },
        http: local.http,
      })
    },
  }
}

export const vendor = (n: number, at = `2026-01-01T00:00:${String(n % 60).padStart(2, '0')}.000Z`) => {
  return { ID: `V${String(n).padStart(3, '0')}`, name: `Vendor ${n}`, at }
}
