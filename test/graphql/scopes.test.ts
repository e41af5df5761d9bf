import {
  getNamedType,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  isUnionType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { demandsOf } from '../../src/graphql/demands.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { nodeTypes } from '../../src/graphql/types/node.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

const scopeOf: Readonly<Record<string, Scope | null>> = {
  Environment: null,
  Connection: 'CONNECTIONS_READ',
  EntityState: 'CONNECTIONS_READ',
  SyncRun: 'SYNCS_READ',
  EntityRun: 'SYNCS_READ',
  ApiKey: 'KEYS_MANAGE',
}

/** The node types behind a type: itself, or through the pages and edges of a list, or the members of an interface. */
function nodesBehind(schema: GraphQLSchema, type: GraphQLNamedType): GraphQLObjectType[] {
  if (isAbstractType(type) && !isUnionType(type)) {
    return schema.getPossibleTypes(type).flatMap((member) => nodesBehind(schema, member))
  }
  if (!isObjectType(type)) return []
  if (type.getInterfaces().some(({ name }) => name === 'Node')) return [type]
  const inner = type.name.endsWith('Connection')
    ? type.getFields()['edges']
    : type.name.endsWith('Edge') && type.getFields()['node']
  return inner ? nodesBehind(schema, getNamedType(inner.type)) : []
}

describe('the schema', () => {
  const schema = buildSchema()
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  const objects = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__') && !roots.has(type),
  )

  test('each node type is behind one scope, by whatever way node(id) or a field leads to it', () => {
    const nodes = objects.filter((type) => nodesBehind(schema, type)[0] === type)
    expect(Object.keys(nodeTypes).toSorted()).toEqual(nodes.map(({ name }) => name).toSorted())
    for (const { name } of nodes) {
      expect({ name, scope: nodeTypes[name]?.scope }).toEqual({
        name,
        scope: name in scopeOf ? scopeOf[name] : 'RECORDS_READ',
      })
    }
  })

  test('every field that leads to a node type demands the scope of that type', () => {
    const leads = objects
      // within a list: what leads to the list has demanded it
      .filter(({ name }) => !/(Connection|Edge)$/.test(name) || name === 'Connection')
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .map(({ type, field }) => ({ type, field, nodes: nodesBehind(schema, getNamedType(field.type)) }))
      .filter(({ nodes }) => nodes.length > 0)
    expect(leads.length).toBeGreaterThan(40)
    const open = leads.flatMap(({ type, field, nodes }) => {
      const declared = demandsOf(field)
      const demanded = declared?.$all?.scope ?? declared?.scope ?? (declared?.authenticated ? null : undefined)
      return nodes.every(({ name }) => nodeTypes[name]?.scope === demanded) ? [] : [`${type.name}.${field.name}`]
    })
    expect(open).toEqual([])
  })
})

describe('one scope alone', () => {
  const codes = (errors: { path?: (string | number)[]; extensions: { code: string } }[]) =>
    errors.map(({ path, extensions: { code } }) => `${code} ${path?.join('.')}`)

  test('SYNCS_WRITE starts a sync, and is refused before anything is done when it would read the run', async () => {
    const { id } = await addConnection(api.db)
    const { token } = await addApiKey(api.db, { scopes: ['SYNCS_WRITE'] })
    const start = (selected: string, fragments = '') =>
      api.ask(
        `mutation ($id: ID!, $no: Boolean = false) { started: startSync(input: { connectionId: $id }) {
          __typename @skip(if: $no) ... on StartSyncPayload { ${selected} } } } ${fragments}`,
        { token, variables: { id: connectionNode(id) } },
      )
    const runs = () => api.db.prisma.syncRun.count({ where: { connectionId: id } })

    for (const [selected, path] of [
      ['syncRun { id events { type } entities { error { message } } }', 'syncRun'],
      ['run: syncRun { connection { config } }', 'run'],
      ['...Payload', 'attachedRuns'],
    ] as const) {
      const fragments = selected.startsWith('...')
        ? 'fragment Payload on StartSyncPayload { ...Deeper } fragment Deeper on StartSyncPayload { attachedRuns { id } }'
        : ''
      const { data, errors } = await start(selected, fragments)
      expect({ selected, data, codes: codes(errors) }).toEqual({
        selected,
        data: null,
        codes: [`FORBIDDEN started.${path}`],
      })
    }
    expect(await runs()).toBe(0)

    const { data, errors } = await start('alreadyRunning syncRun @include(if: $no) { id }')
    expect({ data, errors }).toEqual({
      data: { started: { __typename: 'StartSyncPayload', alreadyRunning: [] } },
      errors: [],
    })
    expect(await runs()).toBe(1)
  })

  test('CONNECTIONS_WRITE connects and gets the token, without reading the connection or the run', async () => {
    const { token } = await addApiKey(api.db, { scopes: ['CONNECTIONS_WRITE'] })
    const create = (fields: string) =>
      api.ask(
        `mutation { createConnection(input: { system: "paper", name: "x", config: {}, credentials: {} }) {
          ... on CreateConnectionPayload { token ${fields} } ... on Error { code } } }`,
        { token },
      )
    const before = await api.db.prisma.connection.count()
    for (const fields of ['connection { config }', 'syncRun { status }']) {
      const { data, errors } = await create(fields)
      expect({ data, code: errors[0]?.extensions.code }).toEqual({ data: null, code: 'FORBIDDEN' })
    }
    expect(await api.db.prisma.connection.count()).toBe(before)
    expect((await create('')).data.createConnection.token).toMatch(/^syn_prod_c/)
  })

  test('a connection token has all that its own connection and runs need', async () => {
    const { id, token } = await addConnection(api.db)
    const { data, errors } = await api.ask(
      `mutation ($id: ID!) { startSync(input: { connectionId: $id }) { ... on StartSyncPayload { attachedRuns { id } syncRun {
        connection { name environment { name } entities { currentRun { status } } parts { totalCount } } entities { heldDeletions { totalCount } } } } } }`,
      { token, variables: { id: connectionNode(id) } },
    )
    expect(errors).toEqual([])
    expect(data.startSync.syncRun.connection.name).toBe('Plant')
    expect((await api.ask('{ viewer { connection { name } } }', { token })).data.viewer.connection.name).toBe('Plant')
  })
})
