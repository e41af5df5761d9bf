import { Client, type Connection } from '@temporalio/client'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type EmbeddedTemporal, startEmbeddedTemporal } from '../../src/embedded/temporal/start.ts'
import { connectTemporal } from '../../src/foundation.ts'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import { createScheduleControl } from '../../src/temporal/schedules.ts'
import { eventually } from '../eventually.ts'

const folder = mkdtempSync(join(tmpdir(), 'syncline-outage-'))
const connectionId = '01900000-0000-7000-8000-000000000001'
let server: EmbeddedTemporal
let connection: Connection
let client: Client

const start = (port: number) =>
  startEmbeddedTemporal({
    executable: inject('temporalCli'),
    dataDir: folder,
    namespace: 'default',
    port,
    uiPort: null,
  })

beforeAll(async () => {
  server = await start(0)
  connection = await connectTemporal({ address: server.address, namespace: 'default' })
  client = new Client({ connection })
})
afterAll(async () => {
  await connection?.close()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('after an outage that missed many firings a schedule fires once to catch up, and then as before', async () => {
  const everyMs = 3_000
  const plan = planSchedule(connectionId, { every: 'PT1M' }, false)
  const often = { ...plan, firing: { everyMs }, jitterMs: 0, catchUpMs: 30_000 }
  const control = createScheduleControl(client, 'no-worker')
  await eventually('a time well before the next firing', () => everyMs - (Date.now() % everyMs) > everyMs / 2)
  expect(await control.put(often)).toEqual({ overlap: 0, missed: 0 })
  const handle = client.schedule.getHandle(`schedule/${connectionId}/${plan.key}`)
  const before = (await handle.describe()).info.numActionsTaken
  await server.stop()
  await pause(4.5 * everyMs) // the outage itself
  server = await start(Number(server.address.split(':')[1]))

  const first = await eventually(
    'the schedule to catch up',
    async () => {
      const found = await handle.describe().catch(() => null)
      return found && found.info.numActionsTaken > before ? found : null
    },
    30_000,
  )
  expect(first.info.numActionsTaken - before).toBe(1)
  // what fell into the outage is told
  expect((await control.put(often)).overlap).toBeGreaterThanOrEqual(2)
  const [running] = first.info.runningActions
  await client.workflow.getHandle(running?.workflow.workflowId ?? '').terminate('done, as by a worker')
  const caughtUp = first.info.recentActions.at(-1)?.scheduledAt.getTime() ?? 0
  const next = await eventually('the next firing', async () =>
    (await handle.describe()).info.recentActions.find((action) => action.scheduledAt.getTime() > caughtUp),
  )
  expect(next.takenAt.getTime() - next.scheduledAt.getTime()).toBeLessThan(3_000)
  await handle.delete()
}, 90_000)
