import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareRecord } from '../../src/activities/prepare-record.ts'
import type { Database } from '../../src/store/database.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { byKey, type RecordRow } from '../../src/store/record-row.ts'
import { sampleBatch, sampleRow } from './sample-batch.ts'
import { openFreshDatabase, recordsOf, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const keys = [
  'plain',
  'with "double" and \'single\' quotes',
  'back\\slash \\N \\. \\t',
  'tab\tnewline\nreturn\r',
  '{"json":[1]}',
  '中文 ключ ñ',
  'above the surrogates: \uffee \ufffd',
  'surrogate pairs: 😀 𝒳',
  '😀',
  '\uffee',
  ' ',
  'x'.repeat(1_000),
  '€'.repeat(1_000),
  '😀'.repeat(500),
]

test('any key and any text is stored as it is, found again and updated in place', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  const rows = keys.map((key) => sampleRow(key, { number: key, name: key }, { raw: key }))
  expect(await commitBatch(db, writer, sampleBatch(rows))).toMatchObject({ created: keys.length })
  expect(await commitBatch(db, writer, sampleBatch(rows))).toMatchObject({
    created: keys.length,
    unchanged: keys.length,
  })
  const changed = keys.map((key) => sampleRow(key, { number: key, name: `${key}!` }, { raw: key }))
  expect(await commitBatch(db, writer, sampleBatch(changed))).toMatchObject({
    created: keys.length,
    updated: keys.length,
  })
  const stored = await recordsOf(db, seeded)
  expect(new Map(stored.map((row) => [row.externalId, [row.number, row.raw, row.data]]))).toEqual(
    new Map(keys.map((key) => [key, [key, key, { number: key, name: `${key}!` }]])),
  )
})

test('rows are sorted as PostgreSQL sorts their keys, also above the surrogates', async () => {
  const { writer, connectionKey } = await seedWriter(db)
  const rows = keys.map((key) => sampleRow(key))
  await commitBatch(db, writer, sampleBatch(rows))
  const { rows: stored } = await db.pool.query<{ external_id: string }>(
    'SELECT external_id FROM record WHERE connection_key = $1 ORDER BY external_id',
    [connectionKey],
  )
  expect([...rows].sort(byKey).map((row) => row.externalId)).toEqual(stored.map((row) => row.external_id))
})

test('text that PostgreSQL cannot hold stops no batch, neither at first nor when the record changes', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  const prepared = (name: string): RecordRow => {
    const fields = {
      number: `n\0${name}`,
      name: `NUL \0 and a lone surrogate \ud800 and \\u0000 spelt out`,
      [name]: '\0\0',
    }
    const made = prepareRecord({ raw: `{"raw\0":"${name}\udc00"}`, record: { externalId: 'A', fields } }, '00000000')
    if (!('row' in made)) throw new Error('the record was rejected')
    return made.row
  }
  await commitBatch(db, writer, sampleBatch([prepared('one')]))
  expect(await commitBatch(db, writer, sampleBatch([prepared('two')]))).toMatchObject({ created: 1, updated: 1 })
  const [record] = await recordsOf(db, seeded)
  expect(record).toMatchObject({
    number: 'n\ufffdtwo',
    raw: '{"raw\ufffd":"two\ufffd"}',
    data: {
      name: 'NUL \ufffd and a lone surrogate \ufffd and \\u0000 spelt out',
      one: '\ufffd\ufffd',
      two: '\ufffd\ufffd',
    },
  })
})

test('a key that PostgreSQL cannot hold is rejected, kept and counted', async () => {
  const { writer, connectionKey } = await seedWriter(db)
  const rejected = ['nul\0key', 'half a pair \ud83d'].map((externalId) => {
    const made = prepareRecord({ raw: 'r', record: { externalId, fields: {} } }, '00000000')
    if (!('rejection' in made)) throw new Error('the record was not rejected')
    return made.rejection
  })
  const spoilt = prepareRecord({ raw: 'ra\0w', rejected: 'bad \0 value', externalId: 'k\0ey' }, '00000000')
  if ('rejection' in spoilt) rejected.push(spoilt.rejection)
  expect(await commitBatch(db, writer, sampleBatch([], { rejected }))).toMatchObject({
    fetched: 3,
    rejected: 3,
    created: 0,
  })
  expect(await db.prisma.rejectedRecord.count({ where: { connectionKey } })).toBe(3)
})
