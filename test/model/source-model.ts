import { createDemoSource, type DemoSource } from '../../src/embedded/demo-source/create-demo-source.ts'
import { type ModelEntity, modelEntities, type Setup, type Write } from './sequence.ts'

export interface Version {
  modified: number
  json: string
  malformed: boolean
}

export type Holding = ReadonlyMap<string, Version>

export type SourceModel = Awaited<ReturnType<typeof startSource>>

const anchor = new Date('2026-03-01T00:00:00.000Z')

/** The demo ERP under a clock that stands still until it is moved, and all that it has ever held. */
export async function startSource(setup: Setup) {
  let now = anchor.getTime() + 7_200_000
  /** How far its clock is behind ours. */
  let behind = 0
  const { seed, records, tieGroup, malformed } = setup
  const demo = await createDemoSource({
    seed,
    anchor,
    counts: { VENDOR: 3, ASSET: 3, PART: Math.ceil(records / 2), WORK_ORDER: records, PURCHASE_ORDER: records },
    tieGroup,
    recordBytes: 100,
    control: false,
    switches: { malformed, clockPrecision: setup.coarse ? 'second' : 'millisecond' },
    now: () => new Date(now),
  })
  const ever = new Map(modelEntities.map((entity) => [entity, new Map<string, Map<string, number>>()]))
  const gone = new Set<string>()
  for (const entity of modelEntities) remember(entity)

  function holding(entity: ModelEntity): Holding {
    return new Map(
      [...demo.all(entity)].map(({ key, modified, json, malformed }) => [
        key,
        { modified: modified.getTime(), json, malformed },
      ]),
    )
  }

  function remember(entity: ModelEntity) {
    const versions = ever.get(entity)
    for (const [key, { json }] of holding(entity)) {
      const known = versions?.get(key)
      if (!known) versions?.set(key, new Map([[json, 0]]))
      else if (!known.has(json)) known.set(json, known.size)
    }
  }

  return {
    url: demo.url,
    /** From now on every nth request fails. */
    breakDown: () => demo.setSwitches(setup.faults),
    mend: () => demo.setSwitches({ error500: 0, reset: 0, throttle503: 0 }),
    holding,
    now: () => now,
    /** What our clock shows: it goes on when the source's is set back. */
    ours: () => now + behind,
    advance(ms: number) {
      now += ms
    },
    /** Not to before all that it was made with. */
    setClockBack(ms: number) {
      const back = Math.min(ms, now - anchor.getTime() - 60_000)
      now -= back
      behind += back
    },
    /** Which of the texts that a record has ever had this is, counted from 0; undefined: none. */
    version: (entity: ModelEntity, key: string, json: string) => ever.get(entity)?.get(key)?.get(json),
    wasDeleted: (entity: ModelEntity, key: string) => gone.has(`${entity}/${key}`),
    write({ op, entity, picks, late }: Write) {
      const visible = now
      if (late) now -= setup.lateMs
      if (op === 'insert') demo.insert(entity, picks.length)
      else {
        const among = op === 'delete' ? allButLast(holding(entity)) : holding(entity)
        change(demo, op, entity, pick(among, picks, { stamp: now, visible }))
      }
      now = visible
      remember(entity)
    },
    close: () => demo.close(),
  }

  function change(source: DemoSource, op: 'touch' | 'delete', entity: ModelEntity, keys: string[]) {
    if (op === 'touch') return source.touch(entity, keys)
    for (const key of keys) gone.add(`${entity}/${key}`)
    return source.remove(entity, keys)
  }
}

/** A source that has lost all that it had fails its run, as engine/faults-lists tests; here it keeps the records modified last. */
function allButLast(holding: Holding): Holding {
  const whole = [...holding].filter(([, { malformed }]) => !malformed)
  const kept = new Set(whole.slice(-2).map(([key]) => key))
  return new Map([...holding].filter(([key]) => !kept.has(key)))
}

/** A record is not stamped earlier than it was before, but for one that was stamped by a clock that has been set back since. */
function pick(holding: Holding, picks: readonly number[], at: { stamp: number; visible: number }): string[] {
  const keys = [...holding.keys()].sort()
  const picked = new Set(picks.map((n) => keys[n % keys.length] ?? ''))
  return [...picked].filter((key) => {
    const modified = holding.get(key)?.modified
    return modified !== undefined && (modified <= at.stamp || modified > at.visible)
  })
}
