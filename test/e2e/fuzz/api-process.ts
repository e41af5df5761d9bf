import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject } from 'vitest'
import { startChild } from '../../../src/embedded/child.ts'
import { freshDatabase } from '../../database.ts'
import { callerOf } from '../graphql-client.ts'
import { ownerKey } from '../processes.ts'

const program = fileURLToPath(new URL('../../../src/api.ts', import.meta.url))
/** What the process would not survive to need. */
const heapMb = 256
const mostMb = 640

export type ApiProcess = Awaited<ReturnType<typeof startApiProcess>>

/** An API process with little memory, on a database of its own. */
export async function startApiProcess() {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-fuzz-'))
  const logFile = join(folder, 'api.log')
  const child = startChild({
    name: 'The API',
    script: program,
    nodeFlags: [`--max-old-space-size=${heapMb}`],
    environment: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATABASE_URL: await freshDatabase(),
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      SYNCLINE_OWNER_KEY: ownerKey,
      SYNCLINE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    },
    logFile,
  })
  const url = (await child.ready) ?? ''
  const { hostname, port } = new URL(url)
  const owner = callerOf(url, ownerKey)
  const memoryMb = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)])) / 1_024

  return {
    url,
    owner,
    async socket(): Promise<Socket> {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {}) // the server may end it at any time
      await once(socket, 'connect')
      return socket
    },
    /** A good caller is served, nothing went wrong that nobody foresaw, and memory is what it was. */
    async isWell() {
      const { status, data } = await owner.ask('{ viewer { kind } connections { totalCount } }')
      expect({ status, data }).toEqual({
        status: 200,
        data: { viewer: { kind: 'OWNER' }, connections: { totalCount: 0 } },
      })
      const errors = readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"level":"error"'))
      expect(errors).toEqual([])
      expect(memoryMb()).toBeLessThan(mostMb)
    },
    async stop() {
      await child.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
