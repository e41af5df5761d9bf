import { createHostGuard } from '../../../src/connectors/http/host-guard.ts'
import { createSourceHttp } from '../../../src/connectors/http/source-http.ts'
import { createODataConnector } from '../../../src/connectors/odata/connector.ts'
import { startCap } from './cap-server.ts'

export const capCredentials = { type: 'basic', username: 'sync', password: 'sync-pw-1' } as const

export const capEntities = {
  VENDOR: {
    set: 'Vendors',
    key: ['ID'],
    modified: 'modifiedAt',
    created: 'createdAt',
    fields: { number: 'ID', name: 'name' },
  },
  PART: { set: 'Stock', key: ['plant', 'number'], modified: 'modifiedAt', fields: { number: 'number', name: 'text' } },
  PURCHASE_ORDER: {
    set: 'Orders',
    key: ['ID'],
    modified: 'modifiedAt',
    created: 'createdAt',
    expand: 'lines',
    fields: {
      number: 'ID',
      status: 'status',
      vendorExternalId: 'vendor_ID',
      orderDate: 'orderDate',
      currency: 'currency',
      total: 'total',
      lines: {
        from: 'lines',
        fields: {
          lineNumber: 'pos',
          partExternalId: 'material',
          quantity: { value: 'qty', uom: 'unit' },
          unitPrice: 'price',
        },
      },
    },
  },
}

/** CAP running, the connector, and a client that may ask loopback. */
export async function startCapRig() {
  const cap = await startCap()
  const http = createSourceHttp({ hostGuard: createHostGuard(['127.0.0.1']) })
  const connector = createODataConnector()
  return {
    cap,
    http,
    connector,
    open(config: Record<string, unknown> = {}, credentials: unknown = capCredentials) {
      return connector.open({
        config: connector.configSchema.parse({ baseUrl: cap.baseUrl, entities: capEntities, ...config }),
        credentials: connector.credentialsSchema.parse(credentials),
        http,
      })
    },
    async close() {
      await http.close()
      await cap.stop()
    },
  }
}
