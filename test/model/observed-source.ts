import type { Source } from '../../src/connectors/contract.ts'
import { createHostGuard } from '../../src/connectors/http/host-guard.ts'
import { createSourceHttp } from '../../src/connectors/http/source-http.ts'
import type { OpenSource } from '../../src/connectors/open-source.ts'
import type { Registry } from '../../src/connectors/registry.ts'
import type { Setup } from './sequence.ts'

export interface SourceHooks {
  beforeRequest(): Promise<void>
  /** A run has closed its source: the last thing before an attempt answers. */
  beforeAnswer(): Promise<void>
  /** A fault that is planted between the source and the run. */
  plant?: ((source: Source) => Source) | undefined
}

/** Opens sources as a worker does, with hooks, and without what this sequence's source cannot do. */
export function createObservedOpenSource(
  registry: Registry,
  { asksByKey, readsByKey }: Pick<Setup, 'asksByKey' | 'readsByKey'>,
  { beforeRequest, beforeAnswer, plant = (source) => source }: SourceHooks,
): OpenSource {
  const hostGuard = createHostGuard(['127.0.0.1'])
  return ({ system, config, credentials }) => {
    const connector = registry.get(system)
    if (!connector) throw new Error(`there is no connector ${system}`)
    const http = createSourceHttp({ hostGuard })
    const observed = {
      usage: http.usage,
      async get(...[url, request]: Parameters<typeof http.get>) {
        await beforeRequest()
        return http.get(url, request)
      },
    }
    const source = connector.open({ config, credentials, http: observed })
    return {
      source: plant(able(source, asksByKey, readsByKey)),
      usage: () => http.usage,
      async close() {
        await http.close()
        await beforeAnswer()
      },
    }
  }
}

function able(source: Source, asksByKey: boolean, readsByKey: boolean): Source {
  const { existing, readWindow, ...rest } = source
  const asking = asksByKey && existing ? { existing } : {}
  const byWindows = readsByKey && readWindow ? { readWindow } : {}
  return { ...rest, ...asking, ...byWindows, readsByKey: (entity) => readsByKey && source.readsByKey(entity) }
}
