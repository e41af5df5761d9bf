import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const historiesFolder = fileURLToPath(new URL('histories/', import.meta.url))

/** Makes room for histories to be recorded anew. Those whose names end in a release, as run-initial-0.2.0.json, are of runs that may still be open: they stay. */
export async function forgetUnreleased(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const names = await readdir(folder)
  const unreleased = names.filter((name) => !/-\d+\.\d+\.\d+\.json$/.test(name))
  for (const name of unreleased) await rm(join(folder, name))
}

export interface Execution {
  /** The Temporal CLI. */
  cli: string
  address: string
  workflowId: string
  runId?: string
}

/** Writes an execution's history as it stands, ended or not, an event a line; who recorded it and where is left out. */
export async function keepHistory(name: string, { cli, address, workflowId, runId }: Execution): Promise<void> {
  const which = ['--workflow-id', workflowId, ...(runId ? ['--run-id', runId] : [])]
  const asked = ['workflow', 'show', '--address', address, ...which, '--output', 'json']
  const { stdout } = await promisify(execFile)(cli, asked, { maxBuffer: 64 * 1024 * 1024 })
  const { events } = JSON.parse(stdout) as { events: object[] } // the form that every Temporal tool reads
  const lines = events.map((event) => JSON.stringify(event, anonymous))
  await writeFile(`${historiesFolder}${name}.json`, `{"events":[\n${lines.join(',\n')}\n]}\n`)
}

/** Process id and host name of whoever recorded. */
function anonymous(key: string, value: unknown): unknown {
  return key === 'identity' ? 'recorder' : value
}
