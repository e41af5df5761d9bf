import { afterAll, beforeAll, expect, test } from 'vitest'
import { SecretMissing } from '../../src/secrets/secret-store.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce } from './pull-once.ts'
import { scriptSource } from './scripted-source.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** An attempt during which the credentials that it was given are destroyed, others being there or not. */
async function attempt(replacement: string | null) {
  const seeded = await seedConnection(db)
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  const { deps } = scriptSource(db)
  const asked: string[] = []
  const get = async (reference: string) => {
    asked.push(reference)
    if (reference === replacement) return '{}'
    await db.pool.query('UPDATE connection SET credentials_ref = COALESCE($2, credentials_ref) WHERE id = $1', [
      seeded.connectionId,
      replacement,
    ])
    throw new SecretMissing('It was destroyed.')
  }
  return { asked, result: pullOnce({ ...deps, secrets: { ...deps.secrets, get } }, entityRunIds[0] ?? '') }
}

test('credentials replaced between the fence and the look into the secret store: the new ones are taken', async () => {
  const { asked, result } = await attempt('local:new')
  expect(await result).toMatchObject({ done: true })
  expect(asked).toEqual(['local:none', 'local:new'])
})

test('credentials that are gone, and not replaced, fail the run at once', async () => {
  const { asked, result } = await attempt(null)
  await expect(result).rejects.toMatchObject({ type: 'SecretMissing', nonRetryable: true })
  expect(asked).toEqual(['local:none'])
})
