import type { SourceHttp, SourceResponse } from '../contract.ts'
import { ConfigurationInvalid } from '../errors.ts'
import { slicePage } from '../json-pages.ts'
import type { ODataConfig, ODataCredentials } from './config.ts'
import type { QueryOptions } from './query.ts'

/** One answer of an entity set: the texts of its records and the link under which the service says there is more. */
export interface SetPage {
  readonly url: URL
  readonly records: string[]
  readonly next: string | null
}

/** The requests that an OData service is asked, all of them GET and all below its base URL. */
export function createService(config: ODataConfig, credentials: ODataCredentials, http: SourceHttp) {
  const base = new URL(config.baseUrl)
  const headers = { 'odata-maxversion': '4.0', ...authorization(credentials) }

  const url = (path: string, options: QueryOptions = {}) => {
    const pairs = [...Object.entries(config.parameters ?? {}), ...Object.entries(options)]
    // not URLSearchParams: it writes a space as "+", which some services take for a plus
    const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
    return new URL(query === '' ? path : `${path}?${query}`, base)
  }

  /** A link as the service gives it, absolute or relative to the request it answers. */
  const link = (text: string, from: URL) => {
    const target = URL.canParse(text, from.href) ? new URL(text, from) : undefined
    if (target?.origin === base.origin) return target
    const message = `${base.host} has its next page on another host. Set the base URL to the service's public address.`
    throw new ConfigurationInvalid(message, { path: ['baseUrl'] })
  }

  return {
    base,
    url,
    link,
    async page(from: URL, signal: AbortSignal, prefer: Readonly<Record<string, string>> = {}): Promise<SetPage> {
      const expect = ['application/json']
      const { text } = await http.get(from, { headers: { ...headers, ...prefer }, expect, signal })
      const { records, envelope } = slicePage(text, 'value')
      const next = envelope['@odata.nextLink']
      return { url: from, records, next: typeof next === 'string' ? next : null }
    },
    get(from: URL, expect: readonly string[], signal: AbortSignal): Promise<SourceResponse> {
      return http.get(from, { headers, expect, signal })
    },
  }
}

export type Service = ReturnType<typeof createService>

function authorization(credentials: ODataCredentials): Record<string, string> {
  switch (credentials.type) {
    case 'none':
      return {}
    case 'basic':
      return {
        authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`,
      }
    case 'bearer':
      return { authorization: `Bearer ${credentials.token}` }
  }
}
