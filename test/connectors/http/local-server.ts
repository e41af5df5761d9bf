import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHostGuard } from '../../../src/connectors/http/host-guard.ts'
import { createSourceHttp, type SourceHttpOptions } from '../../../src/connectors/http/source-http.ts'

/** A server on loopback and a client that may ask it; both end with close(). */
export async function startLocalServer(answer: RequestListener, options: Partial<SourceHttpOptions> = {}) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a server on TCP has no other kind of address
  const http = createSourceHttp({ hostGuard: createHostGuard(['127.0.0.0/8']), ...options })
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    http,
    async close() {
      await http.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
