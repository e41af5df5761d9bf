import { type GraphQLObjectType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditActions } from '../../../src/graphql/audit-actions.ts'
import { demandsOf } from '../../../src/graphql/demands.ts'
import { buildSchema } from '../../../src/graphql/schema.ts'
import { nodeTypes } from '../../../src/graphql/types/node.ts'
import { startTestApi, type TestApi } from '../api.ts'
import { addEvents, environmentOf } from '../rows.ts'
import { operation, overHttp, overWebSocket, type Reply } from './ask.ts'
import { createCallers, expected, type MatrixCaller, reaches } from './callers.ts'
import { matrix } from './matrix.ts'
import type { Outcome, Row } from './row.ts'
import { addTarget, type Target } from './target.ts'
import { watchWrites, type Write } from './writes.ts'

let api: TestApi
let callers: Awaited<ReturnType<typeof createCallers>>
let writes: Awaited<ReturnType<typeof watchWrites>>
let environments: Record<'here' | 'elsewhere', string>
/** For whatever leaves it as it is. */
let standing: Target
let made = 0

beforeAll(async () => {
  api = await startTestApi({
    delivery: {
      isOn: () => true,
      check: () => {},
      write: async () => {},
      during: (work) => work,
      idle: async () => {},
    },
  })
  await api.db.prisma.environment.updateMany({ data: { creditTotal: 100_000 } })
  environments = {
    here: (await environmentOf(api.db, 'production')).id,
    elsewhere: (await environmentOf(api.db, 'testing')).id,
  }
  callers = await createCallers(api)
  standing = await addTarget(api)
  writes = await watchWrites(api.db.pool)
})
afterAll(() => api.stop())

const rows = Object.entries(matrix)
const isRoot = (name: string) => /^(Query|Mutation|Subscription)\./.test(name)
/** That a credential which has ended was tried: once a minute, whatever it was tried for. */
const isTrace = ({ table, row }: Write) => table === 'audit_entry' && row['action'] === 'AUTHENTICATE'
const isMutation = ({ ask }: Row) => ask.startsWith('mutation')

describe('the rows', () => {
  const schema = buildSchema()
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  const fields = Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))

  test('there is one for each root field, each field that demands something, and each type of node', () => {
    const needed = fields
      .filter(({ type, field }) => roots.has(type) || demandsOf(field) !== undefined)
      .map(({ type, field }) => `${type.name}.${field.name}`)
    const nodes = Object.keys(nodeTypes).map((type) => `node ${type}`)
    expect([...needed, ...nodes].filter((name) => !(name in matrix))).toEqual([])
    const known = new Set([...fields.map(({ type, field }) => `${type.name}.${field.name}`), ...nodes])
    expect(Object.keys(matrix).filter((name) => !known.has(name))).toEqual([])
  })

  test('each root field declares what it demands of its caller', () => {
    const open = fields.filter(({ type, field }) => roots.has(type) && demandsOf(field) === undefined)
    expect(open.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([])
  })

  test('each asks for what it is named after', () => {
    const strays = rows.filter(([name, { ask }]) => !new RegExp(`\\b${name.split(/[. ]/)[1]}\\b`).test(ask))
    expect(strays.map(([name]) => name)).toEqual([])
  })
})

const variables = ({ ids }: Target) => ({ ...ids, unique: `made-${++made}`, number: 100_000 + made })

/** Events for those who wait for the next one: the target's first, so that it would come first. */
async function nudge(target: Target, reply: Promise<Reply>): Promise<Reply> {
  for (;;) {
    const first = await Promise.race([reply, new Promise<null>((resolve) => setTimeout(resolve, 50, null))])
    if (first) return first
    for (const id of [target.connectionId, ...callers.bystanders]) {
      await addEvents(api.db, id, [{ type: 'CONNECTION_PAUSED' }])
    }
  }
}

async function ask(send: typeof overHttp, row: Row, caller: MatrixCaller, target: Target) {
  const reply = send(api, caller, operation(row.ask), variables(target))
  const { outcome, text } = await (row.ask.includes('environmentEvents') ? nudge(target, reply) : reply)
  if (!reaches(row, caller)) {
    const told = target.marks.filter((mark) => text.includes(mark))
    expect({ caller: caller.name, told }).toEqual({ caller: caller.name, told: [] })
  }
  return outcome
}

const table = (outcomes: readonly (readonly [MatrixCaller, Outcome])[]) =>
  Object.fromEntries(outcomes.map(([{ name }, outcome]) => [name, outcome]))

const readRows = rows.filter(([, row]) => !isMutation(row))

describe.each([
  ['HTTP', overHttp],
  ['WebSocket', overWebSocket],
] as const)('over %s', (transport, send) => {
  // below the roots one field is as any other for a transport
  const asked = transport === 'HTTP' ? readRows : readRows.filter(([name]) => isRoot(name))

  test.each(asked)('%s', async (name, row) => {
    const all = await callers.of(row, standing, isRoot(name))
    await writes.taken()
    const got = await Promise.all(all.map(async (caller) => [caller, await ask(send, row, caller, standing)] as const))
    expect(table(got)).toEqual(table(all.map((caller) => [caller, expected(row, caller)])))
    const written = (await writes.taken()).filter(
      (write) => !isTrace(write) && !['event', 'connection_gate'].includes(write.table),
    )
    expect(written).toEqual([])
  })
})

describe('mutations', () => {
  test.each(rows.filter(([, row]) => isMutation(row)))('%s', async (name, row) => {
    const field = /it: (\w+)/.exec(row.ask)?.[1] ?? ''
    const untouched = await addTarget(api, row.of)
    const got: [MatrixCaller, Outcome][] = []
    const all = await callers.of(row, untouched, isRoot(name))
    for (const caller of all) {
      const outcome = expected(row, caller)
      const isOwnToken = caller.token === untouched.token
      const target = outcome === 'DONE' ? await addTarget(api, row.of) : untouched
      await writes.taken()
      const by = isOwnToken ? { ...caller, token: target.token } : caller
      got.push([caller, await ask(overHttp, row, by, target)])
      const written = (await writes.taken()).filter((write) => !isTrace(write))
      const audited = written.filter(({ table }) => table === 'audit_entry').map(({ row: entry }) => entry)
      const changed = written.map(({ table }) => table).filter((table) => table !== 'audit_entry')
      const entry = { action: auditActions[field], outcome: outcome === 'DONE' ? 'OK' : outcome, ip: '127.0.0.1' }
      if (outcome === 'DONE') {
        const did = { changes: changed.length > 0, audited: audited.length > 0 }
        const should = { changes: !row.changesNothing, audited: true }
        expect({ caller: caller.name, ...did }).toEqual({ caller: caller.name, ...should })
        expect(audited).toContainEqual(expect.objectContaining(entry))
        continue
      }
      expect({ caller: caller.name, changed }).toEqual({ caller: caller.name, changed: [] })
      const environment = caller.stands === 'ELSEWHERE' ? environments.elsewhere : environments.here
      expect({ caller: caller.name, audited }).toMatchObject({
        caller: caller.name,
        audited: outcome === 'UNAUTHENTICATED' ? [] : [{ ...entry, environment_id: environment }],
      })
    }
    expect(table(got)).toEqual(table(all.map((caller) => [caller, expected(row, caller)])))
  })
})
