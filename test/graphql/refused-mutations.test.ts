import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditActions } from '../../src/graphql/audit-actions.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

test('the audit log has a name for every mutation', () => {
  const fields = Object.keys(buildSchema().getMutationType()?.getFields() ?? {})
  expect(Object.keys(auditActions).sort()).toEqual(fields.sort())
})

test('a refused operation is noted once, however much it would have changed', async () => {
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const aliases = Array.from(
    { length: 50 },
    (_, i) => `a${i}: revokeApiKey(input: { id: "${nodeId('ApiKey', randomUUID())}" }) { __typename }`,
  )
  const before = await api.db.prisma.auditEntry.count()
  const { errors } = await api.ask(`mutation { ${aliases.join(' ')} }`, { token })
  expect(new Set(errors.map((error) => error.extensions.code))).toEqual(new Set(['FORBIDDEN']))
  expect(await api.db.prisma.auditEntry.count()).toBe(before + 1)
})

test('an attempt on what another environment has is noted where it was made, with what it named', async () => {
  const { id } = await addConnection(api.db)
  const { token, id: actor } = await addApiKey(api.db, { environment: 'testing', scopes: ['CONNECTIONS_WRITE'] })
  await api.ask('mutation ($id: ID!) { pauseConnection(input: { connectionId: $id }) { __typename } }', {
    token,
    variables: { id: connectionNode(id) },
  })
  const log = '{ auditLog(first: 1) { edges { node { actor action target outcome ip } } } }'
  const seen = await api.ask(log, { environment: 'testing' })
  expect(seen.data.auditLog.edges).toEqual([
    { node: { actor, action: 'CONNECTION_PAUSE', target: id, outcome: 'NOT_FOUND', ip: '127.0.0.1' } },
  ])
  expect(JSON.stringify((await api.ask(log)).data)).not.toContain('CONNECTION_PAUSE')
})
