import { nodeId, recordKey } from '../../../src/graphql/node-id.ts'
import { entities, type SyncedEntity } from '../../../src/model/entities.ts'
import { entityCodes } from '../../../src/model/entity-type.ts'
import { newId } from '../../../src/store/ids.ts'
import type { TestApi } from '../api.ts'
import { addApiKey, addConnection, addRecords, addRun, endRun, type EnvironmentName, environmentOf } from '../rows.ts'

export type TargetState = 'ACTIVE' | 'PAUSED' | 'DISCONNECTED'

/** A connection with something of everything, and a key beside it: what the callers try to reach. */
export interface Target {
  connectionId: string
  token: string
  /** Node ids by the names that the matrix has for them as variables. */
  ids: Readonly<Record<string, string>>
  /** Texts that no answer to someone who does not reach it may hold. */
  marks: readonly string[]
}

/** Each record refers to one of every entity, also of its own. */
const data: Readonly<Record<SyncedEntity, object>> = {
  VENDOR: {},
  PART: { vendors: [{ vendorExternalId: 'one' }] },
  ASSET: { parentExternalId: 'one', vendorExternalId: 'one' },
  WORK_ORDER: { assetExternalId: 'one', parentExternalId: 'one', parts: [{ partExternalId: 'one' }] },
  PURCHASE_ORDER: {
    vendorExternalId: 'one',
    workOrderExternalId: 'one',
    lines: [{ assetExternalId: 'one', partExternalId: 'one', workOrderExternalId: 'one' }],
  },
}
const synced = Object.keys(data) as SyncedEntity[] // it has no other

export async function addTarget(
  api: TestApi,
  state: TargetState = 'ACTIVE',
  environment: EnvironmentName = 'production',
): Promise<Target> {
  const { db } = api
  const mark = newId()
  const connection = await addConnection(db, {
    environment,
    name: `plant ${mark}`,
    customer: { externalId: `customer ${mark}`, name: null },
  })
  const { id, key, token } = connection
  for (const entity of synced) {
    const record = { externalId: 'one', data: { ...data[entity], description: mark }, raw: JSON.stringify({ mark }) }
    await addRecords(db, key, entity, [record])
  }
  const endedRun = await addRun(db, id, ['PART'])
  const ended = await db.prisma.entityRun.findFirstOrThrow({ where: { syncRunId: endedRun } })
  await db.pool.query('INSERT INTO held_delete VALUES ($1, $2, 1)', [ended.id, 'one'])
  await db.pool.query('UPDATE entity_run SET held_deletes = 1 WHERE id = $1', [ended.id])
  await db.pool.query(
    `UPDATE entity_state SET held_run_id = $2, change_seq = 1, record_count = 1 WHERE connection_id = $1 AND entity = 'PART'`,
    [id, ended.id],
  )
  await db.pool.query(`INSERT INTO rejected_record VALUES ($1, $2, 'bad', $3, 'not text', $4, now())`, [
    key,
    entityCodes.PART,
    ended.id,
    JSON.stringify({ mark }),
  ])
  await endRun(db, id, endedRun)
  const due = new Date(Date.now() + 86_400_000)
  await db.prisma.tokenRotation.create({
    data: {
      connectionId: id,
      store: 'vault',
      name: `kv/${mark}`,
      every: 'P30D',
      overlap: 'PT1H',
      dueAt: due,
      takeAt: due,
    },
  })
  const run = await addRun(db, id, ['VENDOR'])
  await followDisconnected(api, id, environment)
  if (state !== 'ACTIVE') await bring(api, id, state)

  const { id: apiKey } = await addApiKey(db, { environment, scopes: ['SYNCS_READ'] })
  await db.prisma.apiKey.update({ where: { id: apiKey }, data: { name: `key ${mark}` } })
  const entityState = await db.prisma.entityState.findFirstOrThrow({ where: { connectionId: id } })
  const ids = {
    connection: nodeId('Connection', id),
    Connection: nodeId('Connection', id),
    EntityState: nodeId('EntityState', entityState.id),
    run: nodeId('SyncRun', run),
    endedRun: nodeId('SyncRun', endedRun),
    SyncRun: nodeId('SyncRun', run),
    EntityRun: nodeId('EntityRun', ended.id),
    ApiKey: nodeId('ApiKey', apiKey),
    Environment: nodeId('Environment', (await environmentOf(db, environment)).id),
    ...Object.fromEntries(
      synced.map((entity) => {
        const { typeName } = entities[entity]
        return [typeName, nodeId(typeName, recordKey(key, 'one'))]
      }),
    ),
  }
  return { connectionId: id, token, ids, marks: [mark, id, run, endedRun, apiKey, ...Object.values(ids)] }
}

/** It comes after one that is disconnected. */
async function followDisconnected({ db }: TestApi, id: string, environment: EnvironmentName) {
  const before = await addConnection(db, { environment, name: 'before' })
  await db.pool.query(`UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1`, [before.id])
  await db.pool.query('UPDATE connection SET reconnected_from_id = $2 WHERE id = $1', [id, before.id])
}

/** As someone does who may. */
async function bring(api: TestApi, id: string, state: 'PAUSED' | 'DISCONNECTED') {
  const mutation = state === 'PAUSED' ? 'pauseConnection' : 'disconnectConnection'
  const { errors } = await api.ask(`mutation ($id: ID!) { ${mutation}(input: { connectionId: $id }) { __typename } }`, {
    variables: { id: nodeId('Connection', id) },
  })
  if (errors.length > 0) throw new Error(errors[0]?.message)
}
