import { spawn } from 'node:child_process'

export interface Guarded {
  /** Of the guard, which leads the process group of what it guards. */
  readonly pid: number
  /** Settles when the server has ended, with how: an exit code or a signal's name. */
  readonly ended: Promise<string>
  /** Rejects when the server ends or `ms` pass before its output matches. */
  waitForOutput(pattern: RegExp, ms: number): Promise<void>
  /** The end of what the server printed. */
  output(): string
  /** Asks the server to stop and waits; after `graceMs` it is killed. */
  stop(graceMs?: number): Promise<void>
}

export interface GuardOptions {
  command: readonly string[]
  /** The signal that stops the server in an orderly way. */
  stopSignal: 'INT' | 'TERM'
  cwd: string
  environment: Record<string, string>
  uid?: number
  gid?: number
  log?: (chunk: string) => void
}

// The shell waits on a pipe whose other end this process holds. When this process stops it, exits or is killed
// (kill -9 included), the kernel closes that end and the guard sends the signal: no server outlives its parent.
const guard = `
signal=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -"$signal" "$server"; } 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`

/** Starts a server that stops when this process ends, however it ends. In a session of its own: Ctrl-C reaches only us. */
export function spawnGuarded({ command, stopSignal, cwd, environment, uid, gid, log }: GuardOptions): Guarded {
  const account = uid === undefined || gid === undefined ? {} : { uid, gid }
  const child = spawn('/bin/sh', ['-c', guard, 'sh', stopSignal, ...command], {
    ...account,
    cwd,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const listeners = new Set<() => void>()
  const take = (chunk: string) => {
    // long enough for what a Go server says before the stack of each of its goroutines
    output = (output + chunk).slice(-256_000)
    log?.(chunk)
    for (const listener of listeners) listener()
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', take)
  child.stdin.on('error', () => {}) // EPIPE when the guard has gone first
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })

  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    waitForOutput(pattern, ms) {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer)
          listeners.delete(look)
          act()
        }
        const look = () => pattern.test(output) && settle(resolve)
        const fail = (how: string) => settle(() => reject(new ServerFailure(how, output)))
        const timer = setTimeout(() => fail(`not ready after ${ms / 1000} s`), ms)
        listeners.add(look)
        void ended.then((how) => fail(`ended (${how})`))
        look()
      })
    },
    async stop(graceMs = 30_000) {
      child.stdin.destroy()
      const kill = setTimeout(() => child.pid !== undefined && killGroup(child.pid), graceMs)
      await ended
      clearTimeout(kill)
    },
  }
}

/** The server has ended, or is not ready in time. */
class ServerFailure extends Error {
  constructor(how: string, output: string) {
    super(`${how}\n${output}`.trim())
    this.name = 'ServerFailure'
  }
}

/** What a server's failure says in one line: how it ended and the last complaint in its output. */
export function failureOf(error: unknown): string {
  const [how = '', ...output] = (error instanceof Error ? error.message : String(error)).trim().split('\n')
  const complaint = output.findLast((line) => /\b(FATAL|PANIC):|^Error:/.test(line)) ?? output.at(-1)
  return complaint ? `${how}: ${complaint.slice(0, 300)}` : how
}

function killGroup(pid: number) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it ended in the same moment
  }
}
