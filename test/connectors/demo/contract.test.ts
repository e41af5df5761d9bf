import { createDemoConnector } from '../../../src/connectors/demo/demo-connector.ts'
import { syncedEntities, type SyncedEntity } from '../../../src/model/entities.ts'
import { describeConnector, type Rig } from '../contract-suite.ts'
import { anchor, startDemo } from './demo-rig.ts'

const counts = { VENDOR: 90, PART: 90, ASSET: 90, WORK_ORDER: 90, PURCHASE_ORDER: 90 }
const PAGE = 4
const TIE = 7

async function setUp(entity: SyncedEntity): Promise<Rig> {
  let time = anchor.getTime()
  const { demo, http, close } = await startDemo({ counts, tieGroup: TIE, apiKey: 'right', now: () => new Date(time) })
  const records = [...demo.all(entity)]
  const stamp = records[2 * TIE]?.modified ?? anchor
  const modify = async (key: string) => {
    time += 1
    demo.touch(entity, [key])
  }
  return {
    connector: createDemoConnector({ defaultBaseUrl: demo.url }),
    config: { pageSize: PAGE },
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
