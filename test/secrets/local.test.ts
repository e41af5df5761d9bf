import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import { SecretMissing } from '../../src/secrets/secret-store.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const key = (id: string) => ({ id, key: randomBytes(32) })
const newest = key('2026')
const older = key('2025')
const idOf = (reference: string) => reference.slice('local:'.length)

test('what is stored is not the clear text, and differs each time', async () => {
  const store = createLocalSecretStore(db, [newest])
  const secret = JSON.stringify({ password: 'correct horse battery staple €😀' })
  const references = [await store.put(secret), await store.put(secret)]
  const rows = await db.prisma.localSecret.findMany()
  for (const row of rows) {
    const bytes = Buffer.from(row.ciphertext)
    expect(row.keyId).toBe('2026')
    for (const encoding of ['utf8', 'latin1', 'hex', 'base64'] as const)
      expect(bytes.toString(encoding)).not.toContain('horse')
    expect(bytes.includes(Buffer.from('battery'))).toBe(false)
  }
  expect(Buffer.from(rows[0]?.ciphertext ?? []).equals(Buffer.from(rows[1]?.ciphertext ?? []))).toBe(false)
  for (const reference of references) {
    expect(reference).not.toContain('horse')
    expect(await store.get(reference)).toBe(secret)
  }
})

test('secrets of an older key open while it is in the ring, and new ones go under the newest', async () => {
  const reference = await createLocalSecretStore(db, [older]).put('old')
  const rotated = createLocalSecretStore(db, [newest, older])
  expect(await rotated.get(reference)).toBe('old')
  const next = await rotated.put('new')
  expect((await db.prisma.localSecret.findUniqueOrThrow({ where: { id: idOf(next) } })).keyId).toBe('2026')
})

test('a secret of a key that is not in the ring is missing, and the message names the key and the variable', async () => {
  const reference = await createLocalSecretStore(db, [older]).put('old')
  const error = await createLocalSecretStore(db, [newest])
    .get(reference)
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SecretMissing)
  expect(String(error)).toMatch(/key "2025", which SYNCLINE_ENCRYPTION_KEYS does not hold/)
})

test('a secret does not open under another key of the same id', async () => {
  const reference = await createLocalSecretStore(db, [newest]).put('sealed')
  const imposter = createLocalSecretStore(db, [key('2026')])
  await expect(imposter.get(reference)).rejects.toThrow(/does not open under key "2026"/)
})

test('a row that is passed off as another does not open', async () => {
  const store = createLocalSecretStore(db, [newest])
  const [mine, theirs] = [await store.put('mine'), await store.put('theirs')]
  const row = await db.prisma.localSecret.findUniqueOrThrow({ where: { id: idOf(theirs) } })
  await db.prisma.localSecret.update({ where: { id: idOf(mine) }, data: { ciphertext: row.ciphertext } })
  await expect(store.get(mine)).rejects.toThrow(SecretMissing)
  expect(await store.get(theirs)).toBe('theirs')
})

test('a row that was tampered with or cut short does not open', async () => {
  const store = createLocalSecretStore(db, [newest])
  const reference = await store.put('a secret of some length')
  const { ciphertext } = await db.prisma.localSecret.findUniqueOrThrow({ where: { id: idOf(reference) } })
  const flipped = Buffer.from(ciphertext)
  flipped.writeUInt8(flipped.readUInt8(14) ^ 1, 14)
  for (const bytes of [flipped, flipped.subarray(0, -1), flipped.subarray(0, 20)]) {
    await db.prisma.localSecret.update({ where: { id: idOf(reference) }, data: { ciphertext: new Uint8Array(bytes) } })
    await expect(store.get(reference)).rejects.toThrow(SecretMissing)
  }
})

test('a destroyed secret is missing, and destroying it again is no error', async () => {
  const store = createLocalSecretStore(db, [newest])
  const reference = await store.put('gone')
  for (let i = 0; i < 2; i++) await store.destroy(reference)
  await expect(store.get(reference)).rejects.toThrow(SecretMissing)
})

test('a reference to another store is missing, not a fault', async () => {
  const store = createLocalSecretStore(db, [newest])
  await expect(store.get('vault:kv/x')).rejects.toThrow(/another store/)
})
