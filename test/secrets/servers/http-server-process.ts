import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnGuarded } from '../../../src/embedded/guard.ts'
import { anyFreePort } from '../../../src/embedded/ports.ts'
import { eventually } from '../../eventually.ts'

export interface ServerProcess {
  url: string
  /** The end of what it has printed. */
  output(): string
  stop(): Promise<void>
}

export interface ServerCommand {
  command: (port: number) => readonly string[]
  environment?: (port: number) => Record<string, string>
  /** Answered with 2xx once it is ready. */
  healthPath: string
}

const attempts = 3

/** Starts a server on a free port of 127.0.0.1, in a folder of its own; it ends with this process, however that ends. */
export async function startServerProcess({ command, environment, healthPath }: ServerCommand): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const port = await anyFreePort()
    const url = `http://127.0.0.1:${port}`
    const cwd = mkdtempSync(join(tmpdir(), 'syncline-secrets-'))
    const server = spawnGuarded({
      command: command(port),
      stopSignal: 'TERM',
      cwd,
      environment: { PATH: process.env['PATH'] ?? '', HOME: cwd, TMPDIR: cwd, ...environment?.(port) },
    })
    let ended: string | undefined
    void server.ended.then((how) => {
      ended = how
    })
    const stop = async () => {
      await server.stop(5_000)
      rmSync(cwd, { recursive: true, force: true })
    }
    try {
      await eventually(
        'the server to be ready',
        async () => {
          if (ended !== undefined) throw new Error(`the server has ended (${ended}): ${server.output()}`)
          return fetch(url + healthPath).then(
            (answer) => answer.ok,
            () => false,
          )
        },
        50_000,
      )
      return { url, output: server.output, stop }
    } catch (error) {
      await stop()
      // another process can be quicker to take the port
      if (attempt === attempts || ended === undefined) throw error
    }
  }
}
