import type { Triggered } from '../src/activities/activities.ts'
import { steps } from './steps.ts'

export interface TriggerSyncInput {
  connectionId: string
  /** Key of the schedule that fired: the entities that have it are looked up when it fires. */
  schedule: string
}

/** What a Temporal Schedule fires: starts a run and ends, so that a long run is no reason to skip the next firing's free entities. */
export async function triggerSync(input: TriggerSyncInput): Promise<Triggered> {
  return steps.triggerSync(input)
}
