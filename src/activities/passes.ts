import type { Checkpoint } from './checkpoint.ts'
import { type PlanContext, planWindows } from './plan-windows.ts'
import type { PassContext } from './read-pass.ts'

/** Where a run begins: by windows of what is settled, where that is worth it. */
export async function firstPass(context: PlanContext, settled: Date): Promise<Checkpoint> {
  const windows = await planWindows(context, settled)
  return {
    pass: windows ? 'windows' : 'read',
    after: null,
    startSeq: context.run.changeSeq.toString(),
    changedUntil: null,
    windows,
    stampedFrom: null,
  }
}

/** The source has turned out not to be read by windows: what they brought comes again, and compares as unchanged. */
export const inOneGo = (at: Checkpoint): Checkpoint => ({ ...at, pass: 'read', after: null, windows: null })

/** What follows a pass that was read to its end. */
export async function nextPass(
  { deps, run, open, signal, deletes }: Pick<PassContext, 'deps' | 'run' | 'open' | 'signal' | 'deletes'>,
  ended: Checkpoint,
): Promise<Checkpoint> {
  const { source } = open
  if (ended.pass === 'windows') {
    return { ...ended, pass: 'read', windows: null, stampedFrom: ended.windows?.bounds.at(-1) ?? null }
  }
  if (!deletes) return { ...ended, pass: 'done', after: null }
  if (ended.pass === 'changed') return { ...ended, pass: 'delete', after: null }
  if (ended.pass === 'read' && !(source.readsByKey(run.entity) && source.existing)) {
    return { ...ended, pass: 'again', after: null }
  }
  const until = (await source.now(signal)) ?? deps.clock()
  return { ...ended, pass: 'changed', after: null, changedUntil: until.toISOString() }
}
