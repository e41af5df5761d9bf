import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Presenting } from '../auth/presenting.ts'
import { sayTo, sayWhy } from './exchange.ts'
import type { Metrics } from './metrics.ts'

export const metricsPath = '/metrics'

/** GET /metrics for a key that may read syncs: the owner's sees all unless it names an environment, an API key connections and runs of its own alone. */
export function createMetricsEndpoint(options: {
  metrics: Metrics
  authenticate: Authenticate
  presenting: Presenting
}) {
  const { metrics, authenticate, presenting } = options
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const say = sayTo(request, response)
    if (request.method !== 'GET') return say(405, 'Ask with GET.', { allow: 'GET' })
    const { authorization = null, 'x-syncline-environment': named } = request.headers
    const environment = named?.toString() ?? null
    try {
      const { caller } = await authenticate(presenting.credentialOf(request, { authorization, environment }))
      if (caller.connectionId !== null || !caller.scopes.has('SYNCS_READ'))
        return say(403, 'Metrics are for the owner and for API keys with SYNCS_READ.')
      const all = caller.kind === 'OWNER' && environment === null
      const text = await (all ? metrics.renderAll() : metrics.renderEnvironment(caller.environmentId))
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
    metrics.renderAll().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => say(500, 'The metrics could not be read.'),
    )
  })
}
