import type { DemoConfig } from '../../../src/connectors/demo/config.ts'
import { createDemoConnector } from '../../../src/connectors/demo/demo-connector.ts'
import type { Switches } from '../../../src/embedded/demo-source/switches.ts'
import { syncedEntities, type SyncedEntity } from '../../../src/model/entities.ts'
import { describeConnector, type Rig } from '../contract-suite.ts'
import { anchor, startDemo } from './demo-rig.ts'

const counts = { VENDOR: 90, PART: 90, ASSET: 90, WORK_ORDER: 90, PURCHASE_ORDER: 90 }
const PAGE = 4
const TIE = 7

async function setUp(
  entity: SyncedEntity,
  { switches = {}, config = {} }: { switches?: Partial<Switches>; config?: DemoConfig } = {},
): Promise<Rig> {
  let time = anchor.getTime()
  const now = () => new Date(time)
  const { demo, http, close } = await startDemo({ counts, tieGroup: TIE, apiKey: 'right', now, switches })
  const records = [...demo.all(entity)]
  const stamp = records[2 * TIE]?.modified ?? anchor
  const modify = async (key: string) => {
    time += 1
    demo.touch(entity, [key])
  }
  return {
    connector: createDemoConnector({ defaultBaseUrl: demo.url }),
    config: { pageSize: PAGE, ...config },
    configAt: (baseUrl) => ({ baseUrl }),
    credentials: { apiKey: 'right' },
    badCredentials: { apiKey: 'wrong' },
    http,
    entity,
    async expectedKeys(since) {
      return [...demo.all(entity)].filter(({ modified }) => !since || modified >= since).map(({ key }) => key)
    },
    modify,
    async remove(key) {
      demo.remove(entity, [key])
    },
    tie: {
      stamp,
      keys: records.filter(({ modified }) => modified.getTime() === stamp.getTime()).map(({ key }) => key),
    },
    close,
  }
}

for (const entity of syncedEntities) describeConnector(`demo, ${entity}`, () => setUp(entity))

describeConnector('demo with whole seconds and without a zone', () =>
  setUp('PURCHASE_ORDER', {
    switches: { clockPrecision: 'second', zoneless: '-03:30' },
    config: { precision: 'second', utcOffset: '-03:30' },
  }),
)
