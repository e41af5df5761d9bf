import {
  createDemoSource,
  type DemoSource,
  type DemoSourceOptions,
} from '../../src/embedded/demo-source/create-demo-source.ts'
import { callerOf, type Caller } from './graphql-client.ts'
import { startSyncline, type Syncline } from './processes.ts'

export interface DemoJob {
  demo: DemoSource
  syncline: Syncline
  owner: Caller
  stop(): Promise<void>
}

/** The product and a demo ERP to connect it to. */
export async function startDemoJob(options: Omit<DemoSourceOptions, 'anchor'> = {}): Promise<DemoJob> {
  const counts = { VENDOR: 60, PART: 300, ASSET: 80, WORK_ORDER: 300, PURCHASE_ORDER: 700 }
  const demo = await createDemoSource({ anchor: new Date(Date.now() - 60_000), counts, ...options })
  try {
    const syncline = await startSyncline({ demoUrl: demo.url })
    return {
      demo,
      syncline,
      owner: syncline.owner,
      async stop() {
        await syncline.stop()
        await demo.close()
      },
    }
  } catch (error) {
    await demo.close()
    throw error
  }
}

export interface Connected {
  id: string
  token: string
  syncRunId: string
  /** Who holds the connection's own token. */
  customer: Caller
}

/** A connection of system "demo", its initial sync under way. */
export async function connectDemo(
  { syncline, owner }: DemoJob,
  input: {
    name?: string
    config?: Record<string, unknown>
    entities?: string[]
    customer?: { externalId: string }
  } = {},
): Promise<Connected> {
  const result = await owner.mutate(
    'createConnection',
    { system: 'demo', name: 'Demo', config: { pageSize: 100 }, credentials: {}, ...input },
    '{ connection { id } token syncRun { id } }',
  )
  if (result.__typename !== 'CreateConnectionPayload') throw new Error(result.message)
  const { connection, token, syncRun } = result
  return { id: connection.id, token, syncRunId: syncRun.id, customer: callerOf(syncline.apiUrl, token) }
}
