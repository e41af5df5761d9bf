import type { SyncMode } from '../generated/prisma/enums.ts'
import type { LastPolls } from './last-polls.ts'
import type { ScheduleControl } from './schedule-control.ts'

/** The control of workflows: what operations and activities may ask of Temporal. Every call may throw when Temporal is away. */
export interface SyncControl {
  readonly schedules: ScheduleControl
  /** Starts a run's workflow and answers its Temporal run id; when it was started before, that one's. */
  startRun(run: { syncRunId: string; connectionId: string; mode: SyncMode }): Promise<string>
  /** Asks a run's workflow to stop these entities, or all (null). A run whose workflow is gone is no error. */
  cancelEntities(syncRunId: string, entities: readonly string[] | null): Promise<void>
  /** Starts the workflow that follows a disconnect; once is enough. */
  startCleanup(connectionId: string): Promise<void>
  /** Starts the workflow that deletes data as a user has asked; one that is open does it. */
  startDataDeletion(connectionId: string): Promise<void>
  /** Cancels a workflow by id; one that is gone is no error. */
  cancelWorkflow(workflowId: string): Promise<void>
  /** What has become of a workflow. Asks by id, never by list: what lists show lags. */
  stateOf(workflowId: string): Promise<'RUNNING' | 'CLOSED' | 'UNKNOWN'>
  /** The entity run that the open reader of an entity works for; null when there is none. */
  readerOf(connectionId: string, entity: string): Promise<string | null>
  /** Settles when the open reader of an entity has closed, however it ended; at once when there is none. */
  readerClosed(connectionId: string, entity: string): Promise<void>
  /** When workers last asked for work; of some seconds ago at most. */
  lastPolls(): Promise<LastPolls>
  /**
   * At which attempt the step of workflow code is that a run, or the open reader of one of these entities, is at: 1 where it is taken or waits for the
   * first time, more where workers have failed at it. 0: none waits, or the workflow is gone.
   */
  workflowAttempts(run: { syncRunId: string; connectionId: string; entities: readonly string[] }): Promise<number>
  /** Tells a waiting run that its entity is free; a run whose workflow is gone is no error. */
  tellPromoted(promoted: { syncRunId: string; entityRunId: string }): Promise<void>
}
