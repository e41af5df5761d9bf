import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectDemo, type DemoJob, startDemoJob } from './demo-job.ts'
import { callerOf, type Caller } from './graphql-client.ts'
import { follow } from './progress.ts'
import { finished } from './runs.ts'

vi.setConfig({ testTimeout: 90_000 }) // processes on a busy machine

let job: DemoJob

beforeAll(async () => {
  job = await startDemoJob()
})
afterAll(() => job?.stop())

const parts = async (caller: Caller, id: string) =>
  (await caller.data('query ($id: ID!) { connection(id: $id) { parts { totalCount } } }', { id })).connection.parts
    .totalCount

test('disconnected in mid-run, connected again, and the old data deleted once there is a worker again', async () => {
  const { owner, demo, syncline } = job
  demo.setSwitches({ latencyMs: 80 })
  const old = await connectDemo(job, { config: { pageSize: 20 }, entities: ['PART', 'VENDOR'] })
  const events = follow(owner, 'connectionEvents', old.id, '0')
  try {
    await events.until(({ entity, counts }) => entity === 'PART' && (counts?.created ?? 0) > 0)
    const disconnect = () =>
      owner.mutate('disconnectConnection', { connectionId: old.id }, '{ creditsReturned connection { status } }')
    expect(await disconnect()).toMatchObject({ creditsReturned: 1, connection: { status: 'DISCONNECTED' } })
    const kept = await parts(owner, old.id)
    expect((await old.customer.ask('{ viewer { kind } }')).status).toBe(401)
    expect(await disconnect()).toMatchObject({ creditsReturned: 0 })
    demo.setSwitches({ latencyMs: 0 })

    const made = await owner.mutate(
      'reconnectConnection',
      { connectionId: old.id, credentials: {} },
      '{ token connection { id config reconnectedFrom { id } } syncRun { id } }',
    )
    const { id } = made.connection
    expect(made.connection).toMatchObject({ config: { pageSize: 20 }, reconnectedFrom: { id: old.id } })
    expect(await finished(owner, made.syncRun.id)).toMatchObject({ status: 'SUCCEEDED', mode: 'INITIAL' })
    const customer = callerOf(syncline.apiUrl, made.token)
    expect(await parts(customer, id)).toBe(300)
    expect(await parts(owner, old.id)).toBe(kept)

    const { key } = await owner.mutate(
      'createApiKey',
      { name: 'eraser', environment: 'production', scopes: ['RECORDS_DELETE'] },
      '{ key }',
    )
    const eraser = callerOf(syncline.apiUrl, key)
    const erase = (caller: Caller, connectionId: string) =>
      caller.mutate('deleteConnectionData', { connectionId }, '{ __typename }')
    expect(await erase(eraser, id)).toMatchObject({ __typename: 'ConflictError' })
    await expect(erase(customer, id)).rejects.toThrow()
    await syncline.killWorker()
    expect(await erase(eraser, old.id)).toEqual({ __typename: 'DeleteConnectionDataPayload' })
    expect(await parts(owner, old.id)).toBe(0)
    const state = async () =>
      (
        await owner.data('query ($id: ID!) { connection(id: $id) { dataDeletedAt syncRuns { totalCount } } }', {
          id: old.id,
        })
      ).connection
    expect(await state()).toMatchObject({ dataDeletedAt: null })
    await syncline.startWorker()
    await events.until(({ type }) => type === 'CONNECTION_DATA_DELETED')
    expect(await state()).toEqual({ dataDeletedAt: expect.any(String), syncRuns: { totalCount: 1 } })
    expect(events.events.filter(({ type }) => type === 'CONNECTION_DATA_DELETED')).toMatchObject([{ entity: null }])
    expect(events.sequences).toEqual(events.sequences.map((_, i) => i + 1))
    expect(await parts(customer, id)).toBe(300)
    const { auditLog } = await owner.data('{ auditLog(first: 20) { edges { node { action outcome } } } }')
    const noted = auditLog.edges.map(({ node }: { node: { action: string; outcome: string } }) => [
      node.action,
      node.outcome,
    ])
    // what was tried with the token that had ended
    const done = noted.filter(([action]: [string, string]) => action !== 'AUTHENTICATE')
    expect(done.slice(0, 7)).toEqual([
      ['CONNECTION_DATA_DELETE', 'OK'],
      ['CONNECTION_DATA_DELETE', 'FORBIDDEN'],
      ['CONNECTION_DATA_DELETE', 'CONFLICT'],
      ['API_KEY_CREATE', 'OK'],
      ['CONNECTION_RECONNECT', 'OK'],
      ['CONNECTION_DISCONNECT', 'OK'],
      ['CONNECTION_CREATE', 'OK'],
    ])
  } finally {
    await events.stop()
  }
})
