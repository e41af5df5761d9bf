import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { commandOf } from '../../../src/embedded/processes.ts'
import { place, ready } from '../../embedded/place.ts'
import { descendantsOf, runProgram } from '../../embedded/processes.ts'
import { startEchoingSource } from './echoing-source.ts'
import { runFlows } from './flows.ts'
import { commandLines, databaseRows, environments, files, type Haystack, temporalRecords } from './haystacks.ts'
import { type Canary, createSweep, newCanary } from './needles.ts'
import { createRecorder } from './recorder.ts'

/** Where the design puts secrets, for the owner of the data folder alone. */
const keptIn: Readonly<Record<string, string>> = {
  'owner-key': 'the owner key',
  'encryption-keys': 'the encryption key',
  'postgres/embedded.json': "PostgreSQL's password",
}

/** `npm start`, and all that can be looked through of it. */
async function startEverything() {
  const { folder, environment } = place()
  const run = runProgram('src/main.ts', { ...environment, SYNCLINE_DEMO: '0', SYNCLINE_LOG_LEVEL: 'debug' })
  await run.printed(ready)
  const data = join(folder, 'data')
  const read = (file: string) => readFileSync(join(data, file), 'utf8').trim()
  const [, apiUrl = ''] = await run.printed(/API +(http\S+)\/graphql/)
  const temporal = descendantsOf(run.pid)
    .map(commandOf)
    .find((command) => command.includes('start-dev'))
  const { password, port } = JSON.parse(read('postgres/embedded.json')) as { password: string; port: number }
  return {
    pid: run.pid,
    data,
    output: run.output,
    apiUrl,
    ownerKey: read('owner-key'),
    temporalAddress: `127.0.0.1:${/--port (\d+)/.exec(temporal ?? '')?.[1]}`,
    databaseUrl: `postgresql://postgres:${password}@127.0.0.1:${port}/syncline`,
    canaries: [
      { name: 'the owner key', text: read('owner-key').slice(-30) },
      { name: 'the encryption key', text: read('encryption-keys').slice(-33, -3) },
      { name: "PostgreSQL's password", text: password },
    ],
  }
}

type Everything = Awaited<ReturnType<typeof startEverything>>

/** Every place where one of them lies, and may not. */
async function hunt(everything: Everything, canaries: readonly Canary[], answers: readonly Haystack[]) {
  const sweep = createSweep(canaries)
  const found = new Set<string>()
  const look = ({ place: where, bytes }: Haystack, allowed: readonly string[] = []) => {
    for (const what of sweep(bytes))
      if (!allowed.some((name) => what.startsWith(name))) found.add(`${what} in ${where}`)
  }
  for await (const row of databaseRows(everything.databaseUrl)) look(row)
  for await (const record of temporalRecords(everything.temporalAddress)) look(record)
  for (const answer of answers) look(answer)
  look({ place: 'the terminal', bytes: Buffer.from(everything.output()) })
  for (const file of files(everything.data)) {
    const kept = keptIn[file.place]
    look(file, kept ? [kept] : [])
    if (kept && file.mode !== 0o600) found.add(`${file.place} has mode ${file.mode.toString(8)}`)
  }
  look(commandLines())
  if (process.platform !== 'linux') return [...found]
  for (const one of environments(everything.pid)) {
    const both = ['the encryption key', "PostgreSQL's password"]
    if (one.place.endsWith(' api')) look(one, [...both, 'the owner key'])
    else look(one, one.place.endsWith(' worker') ? both : [])
  }
  return [...found]
}

test('no secret lies where it may not after all that can happen to it, and one that is planted is found wherever it lies', async () => {
  const source = await startEchoingSource()
  onTestFinished(() => source.stop())
  const everything = await startEverything()
  const recorder = createRecorder(everything.apiUrl)
  const canaries = [
    ...everything.canaries,
    ...(await runFlows({ apiUrl: everything.apiUrl, ownerKey: everything.ownerKey, source, recorder })),
  ]
  expect(await hunt(everything, canaries, recorder.answers)).toEqual([])

  const planted = newCanary('a planted secret')
  await plant(everything, planted.text)
  const answer = { place: 'an answer', bytes: Buffer.from(JSON.stringify({ url: encodeURIComponent(planted.text) })) }
  const found = await hunt(everything, [planted], [answer])
  for (const place of [
    'raw) in an answer',
    'in table public.audit_entry',
    'in table public.local_secret',
    'in history of planted',
    'raw) in logs/api.log',
    'in temporal/temporal.db',
    'in a command line',
  ]) {
    expect(
      found.some((one) => one.includes(place)),
      `${place}, in ${found.join('; ')}`,
    ).toBe(true)
  }
}, 240_000)

/** In each kind of place, as it would lie there. */
async function plant({ data, databaseUrl, temporalAddress }: Everything, secret: string) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`INSERT INTO audit_entry (id, actor, action, outcome) VALUES (gen_random_uuid(), $1, 'X', 'OK')`, [
    Buffer.from(`sync:${secret}`).toString('base64'),
  ])
  await client.query(`INSERT INTO local_secret (id, key_id, ciphertext) VALUES (gen_random_uuid(), 'k1', $1)`, [
    Buffer.from(JSON.stringify({ password: secret })),
  ])
  await client.end()
  const connection = await Connection.connect({ address: temporalAddress })
  const handle = await new Client({ connection }).workflow.start('none', {
    workflowId: 'planted',
    taskQueue: 'none',
    memo: { secret },
    args: [],
  })
  await handle.terminate()
  await connection.close()
  appendFileSync(join(data, 'logs', 'api.log'), `{"token":"${secret}"}\n`)
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)', secret])
  onTestFinished(() => void child.kill())
}
