import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { commandOf } from '../../../src/embedded/processes.ts'
import { childrenOf } from '../../embedded/processes.ts'

/** A place where a secret could lie. */
export interface Haystack {
  place: string
  bytes: Buffer
}

/** Every row of every table, with what is kept as bytes also as these bytes; and what PostgreSQL itself notes of statements. */
export async function* databaseRows(url: string): AsyncGenerator<Haystack> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('information_schema', 'pg_toast')
       UNION ALL SELECT 'pg_catalog.pg_stat_activity'`,
    )
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_json(t)::text AS row FROM ${name} t`)
      for (const { row } of rows) {
        const coded = [...row.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'))
        yield { place: `table ${name}`, bytes: Buffer.concat([Buffer.from(row), ...coded]) }
      }
    }
  } finally {
    await client.end()
  }
}

/** All files below a folder, whoever wrote them. Those that go away meanwhile are passed over. */
export function* files(folder: string): Generator<Haystack & { mode: number }> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name)
    try {
      const { mode } = statSync(file)
      if (statSync(file).isFile())
        yield { place: relative(folder, file), bytes: readFileSync(file), mode: mode & 0o777 }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // node:fs
    }
  }
}

/** Histories, memos and search attributes of all workflows, and all schedules; payloads decoded. */
export async function* temporalRecords(address: string): AsyncGenerator<Haystack> {
  const connection = await Connection.connect({ address })
  try {
    const client = new Client({ connection })
    for await (const workflow of client.workflow.list()) {
      const { workflowId, runId } = workflow
      const handle = client.workflow.getHandle(workflowId, runId)
      const records = [await handle.fetchHistory(), (await handle.describe()).raw]
      yield { place: `history of ${workflowId}`, bytes: Buffer.concat([...leaves(records)]) }
    }
    for await (const { scheduleId } of client.schedule.list()) {
      const { raw } = await client.schedule.getHandle(scheduleId).describe()
      yield { place: `schedule ${scheduleId}`, bytes: Buffer.concat([...leaves(raw)]) }
    }
  } finally {
    await connection.close()
  }
}

/** All texts of a message, and the bytes of its payloads, which hold JSON. */
function* leaves(value: unknown): Generator<Uint8Array> {
  if (typeof value === 'string') yield Buffer.from(`${value} `)
  else if (value instanceof Uint8Array) yield value
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* leaves(inner)
}

/** What any user of the machine can read of every process. */
export function commandLines(): Haystack {
  return { place: 'a command line', bytes: execFileSync('ps', ['-eww', '-o', 'args=']) }
}

/** Of a process and of those that it has started; a tool that one of our programs starts has that one's. Linux alone tells them. */
export function* environments(pid: number, parent = 'main'): Generator<Haystack> {
  const program = /src\/(\w+)\.ts/.exec(commandOf(pid))?.[1] ?? parent
  yield { place: `environment of ${program}`, bytes: environmentOf(pid) }
  for (const child of childrenOf(pid)) yield* environments(child, program)
}

function environmentOf(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`)
  } catch {
    return Buffer.alloc(0) // it has ended
  }
}
