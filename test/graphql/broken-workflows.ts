/** The workflows of a release that cannot run: an error that is none of Temporal's fails the step, which is tried again, and not the workflow. */
export async function syncRun(): Promise<void> {
  throw new Error('secret of the broken release')
}
