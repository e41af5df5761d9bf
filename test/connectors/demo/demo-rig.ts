import type { SourceHttp } from '../../../src/connectors/contract.ts'
import type { DemoConfig, DemoCredentials } from '../../../src/connectors/demo/config.ts'
import { createDemoConnector } from '../../../src/connectors/demo/demo-connector.ts'
import { createHostGuard } from '../../../src/connectors/http/host-guard.ts'
import { createSourceHttp } from '../../../src/connectors/http/source-http.ts'
import { createDemoSource, type DemoSourceOptions } from '../../../src/embedded/demo-source/create-demo-source.ts'

export const anchor = new Date('2026-03-01T00:00:00.000Z')

export const openDemo = (
  baseUrl: string,
  http: SourceHttp,
  config: DemoConfig = {},
  credentials: DemoCredentials = {},
) => createDemoConnector({ defaultBaseUrl: baseUrl }).open({ config, credentials, http })

/** A demo source and a client for it; `close` ends both. */
export async function startDemo(options: Partial<DemoSourceOptions> = {}) {
  const demo = await createDemoSource({ anchor, ...options })
  const http = createSourceHttp({ hostGuard: createHostGuard(['localhost']) })
  return {
    demo,
    http,
    async close() {
      await http.close()
      await demo.close()
    },
  }
}
