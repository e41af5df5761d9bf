import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyFreePort } from '../../src/embedded/ports.ts'
import type { DeliveryTarget } from '../../src/secrets/delivery-target.ts'
import type { Patience } from '../../src/secrets/patience.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { newCanary, watchFor } from './canary.ts'
import { type Fault, type FaultyProxy, type Sent, startFaultyProxy } from './servers/faulty-proxy.ts'

export interface DeliveryRig {
  /** The server itself. */
  url: string
  credentials: string[]
  /** `delivery`: with the least that docs/secrets.md asks for. */
  open(url: string, access: 'delivery' | 'none', patience: Patience): Promise<DeliveryTarget>
  /** What names begin with, where the policy lets tokens be written. */
  prefix: string
  /** A name under which nothing may be written. */
  forbidden: string
  /** What is current. */
  read(name: string): Promise<string | undefined>
  /** How many versions there are. */
  versions(name: string): Promise<number>
  throttling(seconds: number): Fault
  isWrite(sent: Sent): boolean
  stop(): Promise<void>
}

export interface SuiteOptions {
  enforces: boolean
  /** Whether every version is kept, or those without a stage are forgotten. */
  keepsVersions: boolean
  /** Whether repeating a write leaves one version. */
  knowsRepetitions: boolean
  start: () => Promise<DeliveryRig>
}

const patience: Patience = { attempts: 4, attemptMs: 20_000, firstDelayMs: 5, longestDelayMs: 200 }

/** What holds of delivery into every secret manager. */
export function describeDelivery(
  title: string,
  { enforces, keepsVersions, knowsRepetitions, start }: SuiteOptions,
): void {
  describe(title, () => {
    let rig: DeliveryRig
    let proxy: FaultyProxy
    let target: DeliveryTarget
    let watch: ReturnType<typeof watchFor>
    const canary = newCanary()
    let made = 0
    const newToken = () => `syn_prod_${canary}_${made++}`
    const newName = () => rig.prefix + randomUUID().replaceAll('-', '')

    beforeAll(async () => {
      watch = watchFor(canary)
      rig = await start()
      watch.also(...rig.credentials)
      proxy = await startFaultyProxy(rig.url)
      target = await rig.open(proxy.url, 'delivery', patience)
    }, 300_000)
    afterAll(async () => {
      proxy?.close()
      await rig?.stop()
      watch.end()
    })

    test('the first token makes the secret, each further one becomes its current version', async () => {
      const name = newName()
      for (let count = 1; count <= 3; count++) {
        const token = newToken()
        await target.write(name, token)
        expect(await rig.read(name)).toBe(token)
        if (keepsVersions) expect(await rig.versions(name)).toBe(count)
      }
    })

    test('repeating a write leaves the token current', async () => {
      const [name, token] = [newName(), newToken()]
      await target.write(name, newToken())
      for (let i = 0; i < 3; i++) await target.write(name, token)
      expect(await rig.read(name)).toBe(token)
      if (knowsRepetitions) expect(await rig.versions(name)).toBe(2)
    })

    test('a write whose answer is lost is repeated, for a new secret and for one that is there', async () => {
      const name = newName()
      for (let count = 1; count <= 2; count++) {
        const token = newToken()
        proxy.next('lose', 1, rig.isWrite)
        await target.write(name, token)
        expect(await rig.read(name)).toBe(token)
        if (knowsRepetitions) expect(await rig.versions(name)).toBe(count)
      }
    })

    test('tokens that are written at the same time are all written, and one of them is current', async () => {
      const name = newName()
      await target.write(name, newToken())
      const tokens = [newToken(), newToken(), newToken()]
      await Promise.all(tokens.map((token) => target.write(name, token)))
      expect(tokens).toContain(await rig.read(name))
      if (keepsVersions) expect(await rig.versions(name)).toBe(4)
    })

    test.runIf(enforces)('who may not write, or not there, is denied, and nothing is written', async () => {
      const name = newName()
      const stranger = await rig.open(proxy.url, 'none', patience)
      for (const work of [() => stranger.write(name, newToken()), () => target.write(rig.forbidden, newToken())]) {
        const error = await watch.failure(work())
        expect(error).toBeInstanceOf(SecretStoreDenied)
        expect(error.message).toMatch(/status 40[0-9]/)
      }
      expect(await rig.versions(name)).toBe(0)
      expect(await rig.versions(rig.forbidden)).toBe(0)
    })

    test('throttled and unwell, it is asked again, and not for ever', async () => {
      const [name, token] = [newName(), newToken()]
      for (const fault of [rig.throttling(0), { status: 503, body: token }] satisfies Fault[]) {
        proxy.next(fault, 3)
        await target.write(name, token)
        expect(await rig.read(name)).toBe(token)
        proxy.seen()
        proxy.next(fault, 99)
        expect(await watch.failure(target.write(name, newToken()))).toBeInstanceOf(SecretStoreUnavailable)
        expect(proxy.seen()).toHaveLength(patience.attempts)
        proxy.next('cut', 0)
        expect(await rig.read(name)).toBe(token)
      }
    })

    test('down or silent, it is unavailable', async () => {
      const gone = await rig.open(`http://127.0.0.1:${await anyFreePort()}`, 'delivery', patience)
      expect(await watch.failure(gone.write(newName(), newToken()))).toBeInstanceOf(SecretStoreUnavailable)
      const hasty = await rig.open(proxy.url, 'delivery', { ...patience, attempts: 2, attemptMs: 150 })
      proxy.next('hang', 99)
      expect(await watch.failure(hasty.write(newName(), newToken()))).toBeInstanceOf(SecretStoreUnavailable)
      proxy.next('cut', 0)
    })
  })
}
