import { createServer } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder, withTemporalCli } from './processes.ts'

/** `npm start` with an API and a worker that only pretend. */
export const fakes = 'test/embedded/fakes/main.ts'

/** What it prints last. */
export const ready = /Ctrl-C stops all of it/

/** A place for one test's starts. Every process of theirs names the folder. */
export function place(): { folder: string; environment: Record<string, string> } {
  const folder = temporaryFolder()
  const environment = {
    HOME: folder,
    PATH: withTemporalCli(),
    PORT: '0',
    SYNCLINE_TEMPORAL_PORT: '0',
    SYNCLINE_TEMPORAL_UI_PORT: '0',
    SYNCLINE_DATA_DIR: join(folder, 'data'),
  }
  return { folder, environment }
}

/** A port that is listened on until the test has finished. */
export async function takenPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it listens on TCP')
  return address.port
}
