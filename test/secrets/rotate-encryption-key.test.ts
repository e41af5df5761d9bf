import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import { rotateLocalSecrets } from '../../src/secrets/rotate-local.ts'
import type { EncryptionKey } from '../../src/secrets/seal.ts'
import { SecretMissing } from '../../src/secrets/secret-store.ts'
import type { Database } from '../../src/store/database.ts'
import { countByKey, resealBatch } from '../../src/store/local-secret.ts'
import { runProgram } from '../embedded/processes.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
beforeEach(async () => {
  await db.prisma.localSecret.deleteMany()
})
afterAll(() => db.close())

const key = (id: string): EncryptionKey => ({ id, key: randomBytes(32) })
const [k1, k2, k3] = [key('k1'), key('k2'), key('k3')]
const variable = (...ring: EncryptionKey[]) =>
  ring.map(({ id, key: bytes }) => `${id}:${bytes.toString('base64')}`).join(',')
const idOf = (reference: string) => reference.slice('local:'.length)

/** References, by the secret that each leads to. */
async function keep(count: number, ...ring: EncryptionKey[]): Promise<Map<string, string>> {
  const store = createLocalSecretStore(db, ring)
  const secrets = Array.from({ length: count }, (_, i) => `secret ${ring[0]?.id} ${i}`)
  return new Map(await Promise.all(secrets.map(async (secret) => [secret, await store.put(secret)] as const)))
}

async function allOpen(references: Map<string, string>, ...ring: EncryptionKey[]) {
  const store = createLocalSecretStore(db, ring)
  for (const [secret, reference] of references) expect(await store.get(reference)).toBe(secret)
}

const rotate = (...ring: EncryptionKey[]) =>
  runProgram('src/rotate-encryption-key.ts', { DATABASE_URL: db.url, SYNCLINE_ENCRYPTION_KEYS: variable(...ring) })

test('every secret is sealed anew under the newest key; the older keys can then be taken away', async () => {
  const kept = new Map([...(await keep(30, k1)), ...(await keep(20, k2)), ...(await keep(10, k3))])
  const told: number[] = []
  const done = await rotateLocalSecrets(db, [k3, k2, k1], { batch: 20, onBatch: (count) => told.push(count) })
  expect(done).toEqual({ resealed: 50, left: new Map() })
  expect(told).toEqual([20, 40, 50])
  await allOpen(kept, k3)
  await expect(createLocalSecretStore(db, [k1]).get([...kept.values()][0] ?? '')).rejects.toThrow(SecretMissing)
  expect(await rotateLocalSecrets(db, [k3, k2, k1])).toEqual({ resealed: 0, left: new Map() })
})

test('killed half-way, every secret still opens, and the next run does the rest; then the old key is not needed', async () => {
  const kept = await keep(250, k1)
  const rows = await db.prisma.localSecret.findMany({ orderBy: { id: 'asc' }, select: { id: true } })
  // holds the third batch up
  const holder = await db.pool.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT 1 FROM local_secret WHERE id = $1 FOR UPDATE', [rows[220]?.id])
  const first = rotate(k2, k1)
  await first.printed(/^200 sealed anew under "k2"/m)
  first.kill('SIGKILL')
  await first.ended
  await holder.query('ROLLBACK')
  holder.release()
  expect(await countByKey(db)).toEqual(
    new Map([
      ['k1', 50],
      ['k2', 200],
    ]),
  )
  await allOpen(kept, k2, k1)

  const second = rotate(k2, k1)
  expect(await second.ended).toBe(0)
  expect(second.output()).toMatch(
    /Sealed 50 secrets anew under "k2"\.\nAll secrets are under "k2": .*older keys can go/,
  )
  await allOpen(kept, k2)
  const third = rotate(k2)
  expect(await third.ended).toBe(0)
  expect(third.output()).toMatch(/^Sealed 0 secrets anew/m)
})

test('beside it, secrets are kept, read, and destroyed for good; two at once share the work', async () => {
  const kept = await keep(200, k1)
  const store = createLocalSecretStore(db, [k2, k1])
  const doomed = [...kept.keys()].filter((_, index) => index % 10 === 0)
  const works: Promise<unknown>[] = []
  const newer = new Map<string, string>()
  let made = 0
  const onBatch = () => {
    for (const secret of doomed.splice(0, 2)) {
      const reference = kept.get(secret) ?? ''
      kept.delete(secret)
      works.push(store.destroy(reference).then(() => expect(store.get(reference)).rejects.toThrow(SecretMissing)))
    }
    const secret = `newer ${made++}`
    works.push(store.put(secret).then((reference) => newer.set(secret, reference)))
    for (const [one, reference] of [...kept].slice(0, 5))
      works.push(store.get(reference).then((read) => expect(read).toBe(one)))
  }
  const both = await Promise.all([1, 2].map(() => rotateLocalSecrets(db, [k2, k1], { batch: 8, onBatch })))
  await Promise.all(works)
  expect(doomed).toEqual([])
  const resealed = both.reduce((sum, one) => sum + one.resealed, 0)
  expect(resealed).toBeGreaterThanOrEqual(180)
  expect(resealed).toBeLessThanOrEqual(200)
  await allOpen(new Map([...kept, ...newer]), k2)
  expect(await db.prisma.localSecret.count()).toBe(kept.size + newer.size)
})

test('a batch is sealed anew whole or not at all', async () => {
  const kept = await keep(5, k1)
  let seen = 0
  const failing = resealBatch(db, { keyId: 'k2', after: null, limit: 10 }, (_, sealed) => {
    if (++seen === 4) throw new Error('a fault')
    return { ...sealed, keyId: 'k2' }
  })
  await expect(failing).rejects.toThrow('a fault')
  expect(await countByKey(db)).toEqual(new Map([['k1', 5]]))
  await allOpen(kept, k1)
})

test('what no key of the ring opens stays as it is, is named, and does not hold up the others', async () => {
  const [foreign, own] = [await keep(2, k3), await keep(3, k1)]
  const imposter = await keep(1, { id: 'k1', key: randomBytes(32) })
  const run = rotate(k2, k1)
  expect(await run.ended).toBe(1)
  expect(run.output()).toMatch(/Sealed 3 secrets anew under "k2"\./)
  expect(run.output()).toMatch(
    /1 left under "k1": .*another key of that id.*; 2 left under "k3", which SYNCLINE_ENCRYPTION_KEYS does not hold/,
  )
  await allOpen(own, k2)
  await allOpen(foreign, k3)
  expect(
    (await db.prisma.localSecret.findMany({ where: { id: idOf([...imposter.values()][0] ?? '') } }))[0]?.keyId,
  ).toBe('k1')
})

test('without a ring, or a database, it ends with one line', async () => {
  for (const environment of [
    { DATABASE_URL: db.url },
    { DATABASE_URL: 'postgresql://u:canary@127.0.0.1:1/x', SYNCLINE_ENCRYPTION_KEYS: variable(k1) },
  ]) {
    const run = runProgram('src/rotate-encryption-key.ts', environment as Record<string, string>) // of two shapes
    expect(await run.ended).toBe(1)
    expect(run.output()).toMatch(/^(SYNCLINE_ENCRYPTION_KEYS is not set|DATABASE_URL: ).*\n$/)
    expect(run.output()).not.toContain('canary')
  }
})
