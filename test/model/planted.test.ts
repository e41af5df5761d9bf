import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { batchLimits } from '../../src/activities/batches.ts'
import type { Page, Source } from '../../src/connectors/contract.ts'
import type { Database } from '../../src/store/database.ts'
import { examples } from './examples.ts'
import { type Ground, openGround } from './ground.ts'
import { type Planted, play } from './world.ts'

// bugs that the comparison with the model has to find, planted one at a time; model.test.ts plays the same sequences without them

let ground: Ground
const usual = { ...batchLimits }

beforeAll(async () => {
  ground = await openGround()
})
afterEach(() => void Object.assign(batchLimits, usual))
afterAll(() => ground.db.close())

const after = (since: Date | null) => since && new Date(since.getTime() + 1)

/** `modified > watermark` where it should be `>=`, in counts as well: else the run itself notices. */
const strictly = (source: Source): Source => ({
  ...source,
  count: (entity, since, signal) => source.count(entity, after(since), signal),
  read: (entity, asked) => source.read(entity, { ...asked, since: after(asked.since) }),
})

/** The watermark follows what is read, before that is committed. */
const watermarkFirst = (source: Source, db: Database): Source => ({
  ...source,
  async *read(entity, asked): AsyncGenerator<Page> {
    for await (const page of source.read(entity, asked)) {
      const stamps = [...page.records()].map((it) => ('record' in it && it.record.sourceUpdatedAt?.toISOString()) || '')
      await db.pool.query(
        `UPDATE entity_state SET watermark = GREATEST(watermark, $2) WHERE entity::text = $1 AND watermark IS NOT NULL`,
        [entity, stamps.toSorted().at(-1)],
      )
      yield page
    }
  },
})

/** The statement that holds this no longer asks for the fence. */
const unfenced = (holds: string, fence: RegExp) => (text: string) =>
  text.includes(holds) ? text.replace(fence, 'AND $1::int IS NOT NULL') : text

const reserving = unfenced('SET change_seq = change_seq + $3', /AND fence = (\$\d+)/)
const advancing = unfenced('checkpoint = $3::jsonb', /AND fence = (\$\d+)/)
const succeeding = unfenced('SET watermark = ', /AND e\.fence = (\$\d+)/)

test.each<[string, Planted, keyof typeof examples, RegExp]>([
  [
    'a comparison that is strict where it should be inclusive',
    { source: strictly },
    "a record that gets the watermark's very stamp once the run has read",
    /PART .* is stale/,
  ],
  [
    'a watermark that moves before the commit',
    { source: watermarkFirst },
    'a run that is canceled before its first commit',
    /PART: the watermark moved without a success/,
  ],
  [
    'a fence that no batch asks for',
    { statement: (text) => advancing(reserving(text)) },
    'an attempt that is overtaken before it commits what has changed',
    /a zombie of PART has written/,
  ],
  [
    'a fence that is only asked for where something has changed',
    { statement: advancing },
    'an attempt that is overtaken before it commits',
    /a zombie of PART has written/,
  ],
  [
    'a fence that success does not ask for',
    { statement: succeeding },
    'an attempt that has read to the end and is overtaken before it says so',
    /a zombie of PART has ended its run/,
  ],
  [
    'a clock that is set back and not noticed',
    { statement: (text) => text.replace('s.clock_offset_ms::float8', 'NULL::float8') },
    "the source's clock is set back behind the watermark",
    /PART .* is (stale|missing)/,
  ],
  [
    'a longer history that only counts where a run has succeeded',
    { statement: (text) => text.replace(/OR EXISTS \(SELECT FROM entity_run [^)]*\)/, '') },
    'a history that is made longer while the first run reads',
    /the re-sync of WORK_ORDER from a quiet source/,
  ],
])('the model finds %s', async (_, planted, example, found) => {
  await expect(play(ground, examples[example], planted)).rejects.toThrow(found)
})
