import { AccessDenied, ConfigurationInvalid, ListContradicted } from '../connectors/errors.ts'
import type { SyncedEntity } from '../model/entities.ts'
import { knownKeys, listedSoFar, otherEntities } from '../store/known-records.ts'
import { mostUnstamped } from '../store/unstamped.ts'
import { passNumbers } from './checkpoint.ts'
import type { PassContext } from './read-pass.ts'

export type VerifyContext = Pick<PassContext, 'deps' | 'run' | 'open' | 'window' | 'signal'>

const sampleSize = 20
/** By so few a count and a list may differ: records come and go between them. */
const tolerated = 20

/**
 * Doubts a list that held nothing though records are known, or far less than the source counts: some systems answer a bad key with 200 and
 * nothing, or hide what a filter of theirs leaves out. Throws what the source's check says, else ListContradicted, before the run
 * deletes anything or is called a success. Costs one read of the run's own row where the list is as expected. Safe to repeat.
 */
export async function verifyEnumeration(context: VerifyContext): Promise<void> {
  const { deps, run, open, window, signal } = context
  const { source } = open
  // two enumerations of a re-sync must not pass for one that lists twice as much
  const listed = await listedSoFar(deps.db, run.entityRunId, [passNumbers.read, passNumbers.again])
  if (isFarBelow(listed.inOne, window.estimatedTotal)) await believeCount(listed.inOne)
  if (listed.inAll > 0) return
  // a re-sync is about to judge all of them
  const bound = run.mode === 'INCREMENTAL' ? mostUnstamped : null
  const { inWindow, others } = await knownKeys(deps.db, run, window.start, { limit: sampleSize, mostUnstamped: bound })
  if (inWindow.length === 0) return
  if (!source.existing) {
    if (await lists(run.entity)) return
  } else if (await knows(run.entity, inWindow)) {
    // a record that its lists leave out by now, a closed one for instance, is no change that they hide
    if (run.mode === 'INCREMENTAL' && (await lists(run.entity))) return
    await contradicted(context, 'lists nothing, though it has records when it is asked for them by key')
  } else if (await knows(run.entity, others)) return
  let known = inWindow.length + others.length
  for (const entity of await otherEntities(deps.db, run)) {
    const keys = await knownKeys(deps.db, { ...run, entity }, null, { limit: sampleSize, mostUnstamped })
    // it knows us: what is gone here is gone
    if (await knows(entity, keys.inWindow)) return
    known += keys.inWindow.length
  }
  // one record may well be gone
  if (known > 1) await contradicted(context, 'answers with nothing, and has none of the records that it had before')

  /** What it counted at the start and counts again should have come, but for what lies behind the run's end; unless its count ignores the window. */
  async function believeCount(listed: number) {
    const counted = await source.count(run.entity, window.start, signal)
    if (counted === null || !isFarBelow(listed, counted)) return
    const behind = (await source.count(run.entity, window.end, signal)) ?? 0
    if (behind === counted || !isFarBelow(listed, counted - behind)) return
    await contradicted(context, `counts ${counted} records and lists ${listed}`)
  }

  /** Whether it shows any of these records, or any at all where it cannot be asked by key. */
  async function knows(entity: SyncedEntity, keys: readonly string[]): Promise<boolean> {
    if (keys.length === 0) return false
    try {
      return source.existing ? (await source.existing(entity, keys, signal)).size > 0 : await lists(entity)
    } catch (error) {
      // another entity may be out of reach, which proves nothing of this one
      if (error instanceof ConfigurationInvalid || error instanceof AccessDenied) return false
      throw error
    }
  }

  /** With a filter that everything passes, so that a filter in the wrong form shows. */
  async function lists(entity: SyncedEntity): Promise<boolean> {
    for await (const page of source.read(entity, { since: new Date(0), after: null, signal })) {
      for (const _ of page.records()) return true
    }
    return false
  }
}

/** Throws what the source's own check says, whose word is the better one, else ListContradicted. */
export async function contradicted(
  { open, signal }: Pick<VerifyContext, 'open' | 'signal'>,
  how: string,
): Promise<never> {
  await open.source.check(signal)
  throw new ListContradicted(
    `The source ${how}. Nothing was deleted. Check its credentials and what its user may see, then start the sync again.`,
  )
}

const isFarBelow = (listed: number, count: number | null) =>
  count !== null && (listed === 0 ? count > 0 : count - listed > tolerated && listed * 2 < count)
