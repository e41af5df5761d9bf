import type { RunDetailsFragment } from '../generated/documents.ts'
import { count } from '../ui/numbers.ts'
import { type Counts, newestCounts, type RunProgress } from './progress.ts'
import classes from './totals.module.css'

export interface TotalsProps {
  run: RunDetailsFragment
  progress: RunProgress
}

const shown: [Exclude<keyof Counts, '__typename'>, string][] = [
  ['fetched', 'Read'],
  ['created', 'Created'],
  ['updated', 'Updated'],
  ['unchanged', 'Unchanged'],
  ['deleted', 'Deleted'],
  ['heldDeletes', 'Deletions held'],
  ['rejected', 'Rejected'],
]

export function Totals({ run, progress }: TotalsProps) {
  const counts = run.entities.map((each) => newestCounts(each, progress.get(each.entity)?.counts))
  return (
    <dl className={`panel ${classes['totals']}`}>
      {shown.map(([name, label]) => (
        <div key={name}>
          <dt>{label}</dt>
          <dd className="numbers">{count(counts.reduce((sum, each) => sum + each[name], 0))}</dd>
        </div>
      ))}
    </dl>
  )
}
