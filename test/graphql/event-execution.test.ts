import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  getNamedType,
  isObjectType,
  parse,
  type GraphQLObjectType,
} from 'graphql'
import { expect, test } from 'vitest'
import { Patience } from '../../src/events/outage.ts'
import { useEventExecution } from '../../src/graphql/event-execution.ts'
import { rememberNewest } from '../../src/graphql/answers.ts'
import { buildSchema } from '../../src/graphql/schema.ts'

const schema = buildSchema()
const plugin = useEventExecution()
type Subscribe = (args: ExecutionArgs) => Promise<AsyncIterableIterator<ExecutionResult>>

/** What the plugin puts in the executor's place. */
function subscribeFunction(): Subscribe {
  let taken: Subscribe | undefined
  void plugin.onSubscribe?.({ setSubscribeFn: (given: unknown) => (taken = given as Subscribe) } as never) // all that it uses
  if (!taken) throw new Error('the plugin sets no function')
  return taken
}

/** An event that counts how often it was looked at. */
function countedEvent() {
  let looks = 0
  const event = {
    type: 'SYNC_SKIPPED',
    get sequence() {
      looks += 1
      return 7n
    },
  }
  return { event, looks: () => looks }
}

function contextOf(event: object, left: () => void = () => {}) {
  return {
    session: { caller: { scopes: new Set(['SYNCS_READ']), connectionId: null }, confirm: async () => {} },
    prisma: { connection: { findFirst: async () => ({ id: 'id', key: 1 }) } },
    patience: new Patience(),
    slots: { hold: (_credential: string, open: () => unknown) => open() },
    streams: {
      ofConnection: async () => {
        let told = false
        return {
          next: async () => (told ? { done: true, value: undefined } : { done: !(told = true), value: event }),
          async return() {
            left()
            return { done: true, value: undefined }
          },
          [Symbol.asyncIterator]() {
            return this
          },
        }
      },
    },
    operations: {},
  }
}

const connectionId = Buffer.from('Connection:00000000-0000-4000-8000-000000000000').toString('base64')
const text = (selection: string, more = '') =>
  `subscription ($id: ID!${more}) { connectionEvents(connectionId: $id) { ${selection} } }`

async function answers(document: DocumentNode, event: object, variables: object = {}) {
  const args = { schema, document, contextValue: contextOf(event), variableValues: { id: connectionId, ...variables } }
  const stream = await subscribeFunction()(args)
  const { value } = await stream.next()
  return value
}

test('who asks for the same with the same document is answered by one execution', async () => {
  const { event, looks } = countedEvent()
  const document = parse(text('sequence type'))
  const answer = { data: { connectionEvents: { sequence: '7', type: 'SYNC_SKIPPED' } } }
  for (let i = 0; i < 5; i++) expect(await answers(document, event)).toEqual(answer)
  expect(looks()).toBe(1)
  expect(await answers(parse(text('sequence')), event)).toEqual({ data: { connectionEvents: { sequence: '7' } } })
  expect(looks()).toBe(2)
  // another event is another answer
  expect(await answers(document, { type: 'RUN_STARTED', sequence: 8n })).toEqual({
    data: { connectionEvents: { sequence: '8', type: 'RUN_STARTED' } },
  })
})

test('what was answered is forgotten with the last who follows it, in whatever way that ends', async () => {
  const document = parse(text('sequence'))
  const { event, looks } = countedEvent()
  const follow = async () => {
    const args = { schema, document, contextValue: contextOf(event), variableValues: { id: connectionId } }
    const stream = await subscribeFunction()(args)
    await stream.next()
    return stream
  }
  const ends: ((stream: AsyncIterableIterator<unknown>) => unknown)[] = [
    (stream) => stream.return?.(),
    (stream) => stream.next(),
    (stream) => expect(stream.throw?.(new Error('left'))).rejects.toThrow('left'),
  ]
  for (const [i, end] of ends.entries()) {
    const [one, other] = [await follow(), await follow()]
    await one.return?.()
    await one.return?.()
    const third = await follow()
    expect(looks()).toBe(i + 1)
    await third.return?.()
    await end(other)
  }
  const refused = { schema, document, contextValue: contextOf(event), variableValues: {} }
  expect(await subscribeFunction()(refused)).toHaveProperty('errors')
  for (const i of [1, 2]) {
    await (await follow()).return?.()
    expect(looks()).toBe(ends.length + i)
  }
})

test('of answers whose texts are long only the newest are remembered', () => {
  const document = parse(text(`${'a'.repeat(100_000)}: sequence`))
  const answers = rememberNewest()
  const events = Array.from({ length: 3 }, countedEvent)
  const looksAfter = (told: typeof events) => {
    const args = { schema, document, variableValues: { id: connectionId } }
    for (const { event } of told) answers.textTo(event, { ...args, contextValue: contextOf(event) })
    return told.map(({ looks }) => looks())
  }
  expect(looksAfter(events)).toEqual([1, 1, 1])
  expect(looksAfter(events.slice(1))).toEqual([1, 1])
  expect(looksAfter(events.slice(0, 1))).toEqual([2])
})

test('a selection that depends on variables is executed for each', async () => {
  const { event } = countedEvent()
  const document = parse(text('type sequence @include(if: $with)', ', $with: Boolean!'))
  expect(await answers(document, event, { with: true })).toEqual({
    data: { connectionEvents: { type: 'SYNC_SKIPPED', sequence: '7' } },
  })
  expect(await answers(document, event, { with: false })).toEqual({
    data: { connectionEvents: { type: 'SYNC_SKIPPED' } },
  })
})

test('leaving reaches the source', async () => {
  let left = 0
  const contextValue = contextOf(countedEvent().event, () => (left += 1))
  const variableValues = { id: connectionId }
  const stream = await subscribeFunction()({ schema, document: parse(text('type')), contextValue, variableValues })
  await stream.next()
  await stream.return?.()
  expect(left).toBe(1)
})

test('what is the same for all has nothing below it that asks who it is for', () => {
  const fields = Object.values(schema.getSubscriptionType()?.getFields() ?? {})
  const shared = fields.filter(({ extensions }) => extensions['sameForAll'] === true)
  expect(shared.map(({ name }) => name).sort()).toEqual(['connectionEvents', 'environmentEvents', 'syncProgress'])
  const open = shared.map(({ type }) => getNamedType(type)).filter(isObjectType)
  const seen = new Set<GraphQLObjectType>()
  for (let type = open.pop(); type; type = open.pop()) {
    if (seen.has(type)) continue
    seen.add(type)
    for (const field of Object.values(type.getFields())) {
      const { authScopes } = (field.extensions['pothosOptions'] ?? {}) as { authScopes?: unknown } // put there by Pothos
      expect([field.name, field.args.length, authScopes]).toEqual([field.name, 0, undefined])
      const below = getNamedType(field.type)
      if (isObjectType(below)) open.push(below)
    }
  }
  expect([...seen].map(({ name }) => name).sort()).toEqual(['SyncCounts', 'SyncEvent'])
})
