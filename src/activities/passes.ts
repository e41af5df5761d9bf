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
    judged: false,
  }
}

/** The source has turned out not to be read by windows: what they brought comes again, and compares as unchanged. */
export const inOneGo = (at: Checkpoint): Checkpoint => ({ ...at, pass: 'read', after: null, windows: null })

type SourceContext = Pick<PassContext, 'deps' | 'run' | 'open' | 'signal' | 'deletes'>

/** The look at what changed meanwhile, up to now: an attempt that comes an hour later looks an hour further. */
export async function changedPass({ deps, open, signal }: SourceContext, at: Checkpoint): Promise<Checkpoint> {
  const until = (await open.source.now(signal)) ?? deps.clock()
  return { ...at, pass: 'changed', changedUntil: until.toISOString() }
}

/** What follows a pass that was read to its end. */
export async function nextPass(context: SourceContext, ended: Checkpoint): Promise<Checkpoint> {
  const { run, open, deletes } = context
  const { source } = open
  if (ended.pass === 'windows') {
    return { ...ended, pass: 'read', windows: null, stampedFrom: ended.windows?.bounds.at(-1) ?? null }
  }
  if (!deletes) return { ...ended, pass: 'done', after: null }
  if (ended.pass === 'changed') return { ...ended, pass: 'delete', after: null }
  if (ended.pass === 'read' && !(source.readsByKey(run.entity) && source.existing)) {
    return { ...ended, pass: 'again', after: null }
  }
  return changedPass(context, { ...ended, after: null })
}
