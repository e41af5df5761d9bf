import type { EntityType, RunDetailsFragment } from '../generated/documents.ts'
import { Panel } from '../ui/panel.tsx'
import { EntityRunRow } from './entity-run-row.tsx'
import type { RunProgress } from './progress.ts'
import type { Retry } from './retry.ts'

export interface EntityRunsProps {
  run: RunDetailsFragment
  progress: RunProgress
  retries: ReadonlyMap<EntityType, Retry>
  onChanged: () => void
}

export const EntityRuns = ({ run, progress, retries, onChanged }: EntityRunsProps) => (
  <Panel title="Entities" flush>
    {run.entities.map((entity) => (
      <EntityRunRow
        key={entity.id}
        run={run}
        entityRun={entity}
        told={progress.get(entity.entity)}
        retry={retries.get(entity.entity)}
        onChanged={onChanged}
      />
    ))}
  </Panel>
)
