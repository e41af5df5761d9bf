import { syncedEntities } from '../../model/entities.ts'
import type { Connector } from '../contract.ts'
import { configuredEntities, type ODataConfig, type ODataCredentials, odataConfig, odataCredentials } from './config.ts'
import { defaultLimits, tellsOfThrottling } from '../limits.ts'
import { ODataSource } from './source.ts'

/** Reads any service that speaks OData V4, by a mapping that the connection's config gives. */
export function createODataConnector(): Connector<ODataConfig, ODataCredentials> {
  return {
    key: 'odata',
    name: 'OData V4',
    category: 'ERP',
    entities: syncedEntities,
    configSchema: odataConfig,
    credentialsSchema: odataCredentials,
    creditCost: 1,
    configured: configuredEntities,
    reading: ({ baseUrl, version, parameters, entities }, entity) => ({
      baseUrl,
      version,
      parameters,
      entity: entities[entity],
    }),
    addresses: ({ baseUrl }) => [new URL(baseUrl)],
    clock: ({ lagSeconds = 2 }) => ({ lagMs: lagSeconds * 1_000, precisionMs: 1, allowedSkewMs: 60_000 }),
    limits: ({ maxInFlight = defaultLimits.maxInFlight, requestsPerSecond = null }) => ({
      maxInFlight,
      requestsPerSecond,
      isThrottle: tellsOfThrottling,
    }),
    open: (input) => new ODataSource(input),
  }
}
