import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyFreePort } from '../../src/embedded/ports.ts'
import type { Patience } from '../../src/secrets/patience.ts'
import { createRemoteStore, type SecretManager } from '../../src/secrets/remote-store.ts'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { newCanary, watchFor } from './canary.ts'
import { type Fault, type FaultyProxy, type Sent, startFaultyProxy } from './servers/faulty-proxy.ts'

export interface ManagerRig {
  /** The server itself. */
  url: string
  /** What the store signs in with: canaries of their own. */
  credentials: string[]
  /** `full`: with the least that docs/secrets.md asks for. `worker`: likewise, of a process that only reads. `none`: known, and allowed nothing. */
  open(url: string, access: 'full' | 'worker' | 'none'): Promise<SecretManager>
  /** The ids that are kept there, deleted ones left out. */
  kept(): Promise<string[]>
  /** As an operator deletes one by mistake. */
  deleteBehindOurBack(id: string): Promise<void>
  /** As this service says "slow down", asking for a wait of so many seconds. */
  throttling(seconds: number): Fault
  /** The request that writes a secret. */
  isWrite(sent: Sent): boolean
  stop(): Promise<void>
}

export interface SuiteOptions {
  /** Whether the server tells one access from another. */
  enforces: boolean
  start: () => Promise<ManagerRig>
}

const patience: Patience = { attempts: 3, attemptMs: 20_000, firstDelayMs: 5, longestDelayMs: 200 }
const hasty: Patience = { ...patience, attempts: 2, attemptMs: 150 }

const idOf = (reference: string) => reference.slice(reference.indexOf(':') + 1)

/** What holds of every secret manager, on a server that is real or behaves as the real one does, behind a network that fails. */
export function describeRemoteStore(title: string, { enforces, start }: SuiteOptions): void {
  describe(title, () => {
    let rig: ManagerRig
    let proxy: FaultyProxy
    let watch: ReturnType<typeof watchFor>
    const canary = newCanary()
    const secret = JSON.stringify({ password: canary, note: '€😀\n' })
    const leftBehind: string[] = []

    const open = async (access: 'full' | 'worker' | 'none' = 'full', how = patience, url = proxy.url) =>
      createRemoteStore(await rig.open(url, access), { patience: how, onLeftBehind: (one) => leftBehind.push(one) })

    beforeAll(async () => {
      watch = watchFor(canary)
      rig = await start()
      watch.also(...rig.credentials)
      proxy = await startFaultyProxy(rig.url)
    }, 300_000)
    afterAll(async () => {
      proxy?.close()
      await rig?.stop()
      watch.end()
    })

    test('a secret is kept, read and destroyed; a second time is no error, and then it is missing', async () => {
      const store = await open()
      const reference = await store.put(secret)
      expect(reference).not.toContain(canary)
      expect(await store.get(reference)).toBe(secret)
      expect(await rig.kept()).toContain(idOf(reference))
      for (let i = 0; i < 2; i++) await store.destroy(reference)
      expect(await rig.kept()).not.toContain(idOf(reference))
      expect(await watch.failure(store.get(reference))).toBeInstanceOf(SecretMissing)
    })

    test('secrets that are kept at the same time do not meet', async () => {
      const store = await open()
      const secrets = Array.from({ length: 12 }, (_, i) => `${secret} ${i}`)
      const references = await Promise.all(secrets.map((one) => store.put(one)))
      expect(await Promise.all(references.map((one) => store.get(one)))).toEqual(secrets)
      await Promise.all(references.map((one) => store.destroy(one)))
    })

    test('a secret that was deleted behind our back is missing, and can be destroyed all the same', async () => {
      const store = await open()
      const reference = await store.put(secret)
      await rig.deleteBehindOurBack(idOf(reference))
      const error = await watch.failure(store.get(reference))
      expect(error).toBeInstanceOf(SecretMissing)
      expect(error.message).toMatch(/deleted/)
      await store.destroy(reference)
    })

    test('references to another store, and forged ones, lead nowhere: nothing is asked for', async () => {
      const store = await open()
      const scheme = (await store.put(secret)).split(':')[0]
      proxy.seen()
      const id = '0199f0c0-0000-7000-8000-000000000000'
      for (const one of [`local:${id}`, `${scheme}:../other`, `${scheme}:${id}/../../x`, `${scheme}:`, '']) {
        expect(await watch.failure(store.get(one))).toBeInstanceOf(SecretMissing)
        expect(await watch.failure(store.destroy(one))).toBeInstanceOf(SecretMissing)
      }
      expect(proxy.seen()).toEqual([])
    })

    test.runIf(enforces)('who is allowed nothing is denied, without a second attempt', async () => {
      const reference = await (await open()).put(secret)
      const store = await open('none')
      for (const work of [() => store.get(reference), () => store.destroy(reference), () => store.put(secret)]) {
        const error = await watch.failure(work())
        expect(error).toBeInstanceOf(SecretStoreDenied)
        expect(error.message).toMatch(/status 40[0-9]/)
      }
      expect(leftBehind).toEqual([])
      await (await open()).destroy(reference)
    })

    test.runIf(enforces)('a worker reads and destroys what the API has kept, and keeps nothing itself', async () => {
      const reference = await (await open()).put(secret)
      const store = await open('worker')
      expect(await store.get(reference)).toBe(secret)
      expect(await watch.failure(store.put(secret))).toBeInstanceOf(SecretStoreDenied)
      await store.destroy(reference)
      expect(await rig.kept()).not.toContain(idOf(reference))
    })

    test('throttling is waited out; for longer than we wait, the caller hears of it at once', async () => {
      const store = await open()
      const reference = await store.put(secret)
      proxy.next(rig.throttling(0), 2)
      expect(await store.get(reference)).toBe(secret)
      proxy.seen()
      proxy.next(rig.throttling(3_600), 9)
      const error = await watch.failure(store.get(reference))
      expect(error).toBeInstanceOf(SecretStoreUnavailable)
      expect(error.message).toMatch(/throttling/)
      expect(proxy.seen()).toHaveLength(1)
      proxy.next('cut', 0)
      await store.destroy(reference)
    })

    test('a server that is not well is asked again, and not for ever; its words are not passed on', async () => {
      const store = await open()
      const reference = await store.put(secret)
      const unwell: Fault = { status: 503, body: `no: ${secret}` }
      proxy.next(unwell, 2)
      expect(await store.get(reference)).toBe(secret)
      proxy.seen()
      proxy.next(unwell, 9)
      const error = await watch.failure(store.get(reference))
      expect(error).toBeInstanceOf(SecretStoreUnavailable)
      expect(error.message).toMatch(/status 503/)
      expect(proxy.seen()).toHaveLength(patience.attempts)
      proxy.next('cut', 0)
      await store.destroy(reference)
    })

    test('answers that repeat what was sent, in whatever form, do not get into errors', async () => {
      const store = await open()
      const echoes = [400, 403, 404, 418, 500].flatMap((status): Fault[] => [
        { status, body: (sent) => `<html>${sent}</html>` },
        {
          status,
          headers: { 'content-type': 'application/json' },
          body: (sent) =>
            JSON.stringify({ errors: [sent], error: { code: sent, message: sent }, message: sent, __type: sent }),
        },
        { status, headers: { 'x-amzn-errortype': 'X', 'x-amzn-query-error': 'X' }, body: (sent) => sent },
      ])
      for (const fault of [...echoes, { status: 200, body: (sent: string) => `not JSON ${sent}` }]) {
        proxy.next(fault, 99, rig.isWrite)
        const error = await watch.failure(store.put(secret))
        expect([SecretStoreUnavailable, SecretStoreDenied].some((one) => error instanceof one)).toBe(true)
      }
      proxy.next('cut', 0)
      for (const reference of leftBehind.splice(0)) await store.destroy(reference)
    })

    test('a store that is down is unavailable', async () => {
      const store = await open('full', patience, `http://127.0.0.1:${await anyFreePort()}`)
      const error = await watch.failure(store.put(secret))
      expect(error).toBeInstanceOf(SecretStoreUnavailable)
      expect(error.message).toMatch(/cannot be reached \(ECONNREFUSED\)/)
      expect(leftBehind.splice(0)).toHaveLength(1)
    })

    test('a store that does not answer is unavailable, in bounded time', async () => {
      const reference = await (await open()).put(secret)
      const store = await open('full', hasty)
      proxy.next('hang', 9)
      const began = performance.now()
      const error = await watch.failure(store.get(reference))
      expect(error).toBeInstanceOf(SecretStoreUnavailable)
      expect(error.message).toMatch(/did not answer within 0.15 s|cannot be reached/)
      expect(performance.now() - began).toBeLessThan(5_000)
      proxy.next('cut', 0)
      await (await open()).destroy(reference)
    })

    test('a connection that is cut is opened again', async () => {
      const store = await open()
      const reference = await store.put(secret)
      proxy.next('cut', 2)
      expect(await store.get(reference)).toBe(secret)
      await store.destroy(reference)
    })

    test('a put whose answer is lost is repeated, and keeps one secret', async () => {
      const store = await open()
      const before = await rig.kept()
      proxy.next('lose', 2, rig.isWrite)
      const reference = await store.put(secret)
      expect(await store.get(reference)).toBe(secret)
      expect((await rig.kept()).length).toBe(before.length + 1)
      await store.destroy(reference)
      expect(await rig.kept()).toEqual(before)
    })

    test('a put that fails takes back what it may have written; where it cannot, the reference is told', async () => {
      const store = await open()
      const before = await rig.kept()
      proxy.next('lose', 99, rig.isWrite)
      expect(await watch.failure(store.put(secret))).toBeInstanceOf(SecretStoreUnavailable)
      expect(await rig.kept()).toEqual(before)
      expect(leftBehind).toEqual([])

      let cutting = false
      proxy.next('lose', 99, (sent) => (cutting ||= rig.isWrite(sent)))
      expect(await watch.failure(store.put(secret))).toBeInstanceOf(SecretStoreUnavailable)
      proxy.next('cut', 0)
      const [reference = ''] = leftBehind.splice(0)
      await store.destroy(reference)
      await pause(0)
      expect(await rig.kept()).toEqual(before)
    })

    test('a destroy whose answer is lost is repeated', async () => {
      const store = await open()
      const reference = await store.put(secret)
      proxy.seen()
      proxy.next('lose', 1, (sent) => sent.path.includes(idOf(reference)) || sent.body.includes(idOf(reference)))
      await store.destroy(reference)
      expect(proxy.seen().length).toBeGreaterThan(1)
      expect(await rig.kept()).not.toContain(idOf(reference))
    })
  })
}
