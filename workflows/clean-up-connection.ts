import { steps } from './steps.ts'

/** What follows a disconnect, however long it takes: workflows stopped, credentials destroyed. */
export async function cleanUpConnection(input: { connectionId: string }): Promise<void> {
  await steps.cleanUpConnection(input)
}
