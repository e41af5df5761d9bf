import { fileURLToPath } from 'node:url'
import { dashboardFolder } from '../../src/http/dashboard-files.ts'
import { provideDashboard } from '../../src/embedded/dashboard.ts'

/** As `npm start` does: built where it is missing or older than its sources. */
export async function buildDashboard(): Promise<void> {
  const said: string[] = []
  await provideDashboard({
    sources: fileURLToPath(new URL('../../src/dashboard', import.meta.url)),
    built: dashboardFolder,
    say: (line) => said.push(line),
    signal: new AbortController().signal,
  })
  if (said.some((line) => line !== 'Dashboard: built.')) throw new Error(said.join('\n'))
}
