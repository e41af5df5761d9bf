import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, renameSync } from 'node:fs'
import { z } from 'zod'
import { StartError } from '../config.ts'

export interface Child {
  readonly pid: number
  /** What it announced: its URL, if it listens. Rejects with StartError when it ends before. */
  readonly ready: Promise<string | undefined>
  /** Settles when it has ended, with how. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

export interface ChildOptions {
  /** As the terminal names it: "The API". */
  name: string
  script: string
  /** Of node itself. */
  nodeFlags?: readonly string[]
  /** All that it sees of the environment. */
  environment: Record<string, string>
  logFile: string
}

const readyMessage = z.object({ type: z.literal('ready'), url: z.string().optional() })
const graceMs = 15_000

/** Starts a TypeScript program as a process of its own. It announces that it is ready, and ends when the channel to us closes. */
export function startChild({ name, script, nodeFlags = [], environment, logFile }: ChildOptions): Child {
  const log = openLog(logFile)
  const child = spawn(process.execPath, [...nodeFlags, '--import', import.meta.resolve('tsx'), script], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true, // a session of its own: Ctrl-C reaches only us, and we stop the parts in order
  })
  let complaint = ''
  child.stdout?.on('data', (chunk: Buffer) => log.write(chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-4_000)
    log.write(chunk)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      log.end()
      resolve(signal ?? `exit code ${code}`)
    })
  })
  const ready = new Promise<string | undefined>((resolve, reject) => {
    child.on('message', (message) => {
      const announced = readyMessage.safeParse(message)
      if (announced.success) resolve(announced.data.url)
    })
    void ended.then((how) =>
      reject(new StartError(complaint.trim() || `${name} did not start (${how}). Its log: ${logFile}`)),
    )
  })
  ready.catch(() => {}) // who waits for it handles it

  return {
    pid: child.pid ?? 0,
    ready,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(kill)
    },
  }
}

/** The log of this start; that of the start before stays beside it. */
export function openLog(file: string) {
  if (existsSync(file)) renameSync(file, `${file}.1`)
  return createWriteStream(file, { mode: 0o600 })
}
