import { syncedEntities } from '../../model/entities.ts'
import type { Connector } from '../contract.ts'
import { ConfigurationInvalid } from '../errors.ts'
import { defaultLimits, tellsOfThrottling } from '../limits.ts'
import { type DemoConfig, type DemoCredentials, demoConfig, demoCredentials } from './config.ts'
import { openDemoSource } from './source.ts'

const PAGE_SIZE = 1_000
const LAG_SECONDS = 2

export interface DemoConnectorOptions {
  /** Where connections without a baseUrl of their own read: the embedded demo source; null where there is none. */
  defaultBaseUrl: string | null
}

/** The demo ERP: a system to try Syncline with, and the one that its tests and benchmarks read. */
export function createDemoConnector({ defaultBaseUrl }: DemoConnectorOptions): Connector<DemoConfig, DemoCredentials> {
  return {
    key: 'demo',
    name: 'Demo ERP',
    category: 'ERP',
    entities: syncedEntities,
    configSchema: demoConfig,
    credentialsSchema: demoCredentials,
    creditCost: 1,
    configured: () => syncedEntities,
    reading: ({ baseUrl, utcOffset }) => ({ baseUrl, utcOffset }),
    addresses({ baseUrl = defaultBaseUrl }) {
      return baseUrl === null ? [] : [new URL(baseUrl)]
    },
    clock: ({ lagSeconds = LAG_SECONDS, precision }) => ({
      lagMs: lagSeconds * 1_000,
      precisionMs: precision === 'second' ? 1_000 : 1,
      allowedSkewMs: 0,
    }),
    limits: ({ maxInFlight = defaultLimits.maxInFlight, requestsPerSecond = null }) => ({
      maxInFlight,
      requestsPerSecond,
      isThrottle: tellsOfThrottling,
    }),
    open({ config, credentials, http }) {
      const { baseUrl = defaultBaseUrl, pageSize = PAGE_SIZE, utcOffset = null } = config
      if (baseUrl === null) {
        throw new ConfigurationInvalid('No demo source runs here; give the baseUrl of one.', { path: ['baseUrl'] })
      }
      return openDemoSource({ baseUrl: folder(baseUrl), pageSize, utcOffset, credentials, http })
    },
  }
}

/** The URL as a folder: paths are taken relative to it. */
function folder(baseUrl: string): URL {
  const url = new URL(baseUrl)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
