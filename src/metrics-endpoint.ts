import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Authenticate } from './auth/authenticate.ts'
import type { Presenting } from './auth/presenting.ts'
import { sayTo, sayWhy } from './exchange.ts'
import type { Metrics } from './metrics.ts'

export const metricsPath = '/metrics'

/** GET /metrics for a key that may read syncs: the owner's, or an API key, which sees connections and runs of its environment alone. */
export function createMetricsEndpoint(options: {
  metrics: Metrics
  authenticate: Authenticate
  presenting: Presenting
}) {
  const { metrics, authenticate, presenting } = options
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const say = sayTo(request, response)
    if (request.method !== 'GET') return say(405, 'Ask with GET.', { allow: 'GET' })
    const given = { authorization: request.headers.authorization ?? null, environment: null }
    try {
      const { caller } = await authenticate(presenting.credentialOf(request, given))
      if (caller.connectionId !== null || !caller.scopes.has('SYNCS_READ'))
        return say(403, 'Metrics are for the owner and for API keys with SYNCS_READ.')
      const text = await metrics.render(caller.kind === 'OWNER' ? null : caller.environmentId)
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
    } catch (error) {
      sayWhy(say, error)
    }
  }
}

/** On a port of its own, which the operator keeps private: to whoever asks, of all environments. Not yet listening. */
export function createMetricsServer(metrics: Metrics): Server {
  return createServer((request, response) => {
    const say = sayTo(request, response)
    if (request.url !== metricsPath) return say(404, `Only ${metricsPath} is here.`)
    metrics.render(null).then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => say(503, 'PostgreSQL cannot be reached.'),
    )
  })
}
