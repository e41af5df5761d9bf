import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Message, MessageType, type SubscribeMessage } from 'graphql-ws'
import { expect, test } from 'vitest'
import { inTurns } from '../../src/http/sockets/operation-turns.ts'

const subscribe = (id: string, query = '{ viewer { kind } }'): SubscribeMessage => ({
  id,
  type: MessageType.Subscribe,
  payload: { query },
})
const complete = (id: string): Message => ({ id, type: MessageType.Complete })

/** Operations that end when the test says so. */
function operations(most: number, refusing?: Promise<void>) {
  const begun: { query: string; end: () => void }[] = []
  const refused: string[] = []
  let open = true
  const take = inTurns({
    handle: (message) =>
      message.type === MessageType.Subscribe
        ? new Promise((resolve) => begun.push({ query: message.payload.query, end: resolve }))
        : Promise.resolve(),
    isOpen: () => open,
    most,
    refuseId: () => refused.push('id in use'),
    async refuseOperation(id, isLeft) {
      if (refusing) await refusing
      if (!isLeft()) refused.push(id)
    },
  })
  return {
    begun,
    refused,
    say: (message: Message) => void take(message),
    close: () => (open = false),
    async end(index: number) {
      begun[index]?.end()
      await setImmediate()
    },
  }
}

/** Refusals that are told when the test says so. */
function heldBack() {
  let tell = () => {}
  const refusing = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { refusing, tell: () => tell() }
}

test('of the operations that wait for the end of one of the same id only the last is kept', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { begun, say, end } = operations(50)
  const payloads: WeakRef<object>[] = []
  say(subscribe('1', 'first'))
  for (let i = 0; i < 1_000; i++) {
    const message = subscribe('1', `later ${i}`)
    payloads.push(new WeakRef(message.payload))
    say(complete('1'))
    say(message)
  }
  await setImmediate()
  collect()
  expect(payloads.filter((payload) => payload.deref())).toHaveLength(1)
  await end(0)
  expect(begun.map(({ query }) => query)).toEqual(['first', 'later 999'])
})

test('one that was completed while it waited is never begun, nor one that waits when the socket closes', async () => {
  const { begun, say, end, close } = operations(50)
  for (const message of [subscribe('1'), complete('1'), subscribe('1'), complete('1')]) say(message)
  await end(0)
  expect(begun).toHaveLength(1)
  for (const message of [subscribe('1'), complete('1'), subscribe('1')]) say(message)
  close()
  await end(1)
  expect(begun).toHaveLength(2)
})

test('what was completed is counted until it has ended: together with what the client holds it is no more than twice as many', async () => {
  const { begun, refused, say, end } = operations(2)
  for (const message of [subscribe('1'), subscribe('2'), subscribe('3')]) say(message)
  expect(refused).toEqual(['3'])
  for (const message of [complete('1'), complete('2'), subscribe('4'), subscribe('5')]) say(message)
  expect(begun).toHaveLength(4)
  for (const message of [complete('4'), subscribe('6'), subscribe('1')]) say(message)
  expect([begun.length, refused]).toEqual([4, ['3', '6', '1']])
  await end(0)
  say(subscribe('2'))
  say(subscribe('2'))
  expect([begun.length, refused]).toEqual([4, ['3', '6', '1', 'id in use']])
  await end(1)
  expect(begun).toHaveLength(5)
})

test('an operation that is left before its refusal is told is not refused: its id may stand for another by then', async () => {
  const { refusing, tell } = heldBack()
  const { begun, refused, say, end } = operations(1, refusing)
  for (const message of [subscribe('1'), subscribe('2', 'left'), complete('2')]) say(message)
  await end(0)
  for (const message of [subscribe('2', 'later'), subscribe('3')]) say(message)
  expect(begun.map(({ query }) => query).slice(1)).toEqual(['later'])
  tell()
  await setImmediate()
  expect(refused).toEqual(['3'])
})

test('an id is in use until its refusal has been told', async () => {
  const { refusing, tell } = heldBack()
  const { refused, say } = operations(1, refusing)
  for (const message of [subscribe('1'), subscribe('2'), subscribe('2')]) say(message)
  expect(refused).toEqual(['id in use'])
  tell()
  await setImmediate()
  say(subscribe('2'))
  await setImmediate()
  expect(refused).toEqual(['id in use', '2', '2'])
})
