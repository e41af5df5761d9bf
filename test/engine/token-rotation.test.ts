import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createAuthenticator } from '../../src/auth/authenticate.ts'
import { type Child, startChild } from '../../src/embedded/child.ts'
import { createKeyOperations } from '../../src/operations/keys.ts'
import { createTokenDelivery } from '../../src/secrets/create-secret-store.ts'
import { readSecretSettings } from '../../src/secrets/settings.ts'
import { taskQueue } from '../../src/temporal/task-queue.ts'
import { eventually } from '../eventually.ts'
import { startVaultRig, type VaultRig } from '../secrets/vault-rig.ts'
import { type Engine, startEngine } from './engine.ts'
import { registerOwnNamespace } from './own-namespace.ts'

vi.setConfig({ testTimeout: 120_000 }) // processes on a busy machine, which look every ten seconds

let engine: Engine
let vault: VaultRig
const folder = mkdtempSync(join(tmpdir(), 'syncline-rotation-'))
const workers: Child[] = []
const target = { store: 'vault', name: 'secret/customers/acme' }

beforeAll(async () => {
  const counts = { VENDOR: 1, PART: 1, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 }
  ;[engine, vault] = await Promise.all([
    registerOwnNamespace().then((namespace) => startEngine({ counts }, { namespace, taskQueue })),
    startVaultRig(),
  ])
})
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  await vault.bao.stop()
  await engine.stop()
  rmSync(folder, { recursive: true })
})

const environment = () => ({
  ...engine.workerEnvironment,
  SYNCLINE_DELIVERY_TARGETS: 'production=vault:secret/customers/',
  VAULT_ADDR: vault.bao.url,
  VAULT_ROLE_ID: vault.roles.delivery.roleId,
  VAULT_SECRET_ID: vault.roles.delivery.secretId,
})

async function startWorkerProcess(): Promise<Child> {
  const script = fileURLToPath(new URL('../../src/worker.ts', import.meta.url))
  const logFile = join(folder, `worker-${workers.length}.log`)
  const worker = startChild({ name: 'The worker', script, environment: environment(), logFile })
  workers.push(worker)
  await worker.ready
  return worker
}

const atTarget = async (): Promise<string> =>
  (await vault.bao.call('GET', `secret/data/customers/acme`)).body.data?.data.token
const versions = async (): Promise<number> =>
  (await vault.bao.call('GET', `secret/metadata/customers/acme`)).body.data?.current_version ?? 0

async function pass(interval: string) {
  await engine.db.pool.query(
    'UPDATE token_rotation SET due_at = due_at - $1::interval, take_at = take_at - $1::interval',
    [interval],
  )
}

test('two worker processes rotate a token into OpenBao once a due time, also after both were killed and away for long', async () => {
  const { db, owner } = engine
  const delivery = createTokenDelivery({ settings: readSecretSettings(environment()) })
  const authenticate = createAuthenticator({ pool: db.pool, onError: () => {} })
  const works = (token: string) =>
    authenticate({ authorization: `Bearer ${token}`, environment: null, ip: null }).then(
      () => true,
      () => false,
    )
  const { connectionId, token } = await engine.operations.createConnection(owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials: {},
  })
  const rotation = { target, every: 'P30D', overlap: 'PT0S' }
  await createKeyOperations({ db, delivery, log: engine.deps.log }).setTokenRotation(owner, { connectionId, rotation })
  await Promise.all([startWorkerProcess(), startWorkerProcess()])
  expect(await works(token ?? '')).toBe(true)

  const rotatedAfter = (count: number) =>
    eventually(
      `rotation ${count}`,
      async () => (await db.prisma.auditEntry.count({ where: { actor: 'schedule', outcome: 'OK' } })) === count,
      60_000,
    )
  await pass('30 days')
  await rotatedAfter(1)
  const first = await atTarget()
  expect([await works(token ?? ''), await works(first)]).toEqual([false, true])

  for (const { pid, ended } of workers) {
    process.kill(pid, 'SIGKILL')
    await ended
  }
  await pass('95 days')
  await startWorkerProcess()
  await rotatedAfter(2)
  const second = await atTarget()
  expect([await works(first), await works(second)]).toEqual([false, true])
  expect(await versions()).toBe(2)
  expect(await db.prisma.connectionToken.count({ where: { connectionId } })).toBe(3)
  const { dueAt } = await db.prisma.tokenRotation.findUniqueOrThrow({ where: { connectionId } })
  expect(dueAt.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
})
