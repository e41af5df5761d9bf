import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject, onTestFinished } from 'vitest'
import { commandOf, goneWithin, isAlive } from '../../src/embedded/processes.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Run {
  readonly pid: number
  output(): string
  /** Resolves once the output matches; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>
  readonly ended: Promise<number | NodeJS.Signals | null>
  kill(signal: NodeJS.Signals): void
}

/** A folder that any user may pass through, removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-embedded-'))
  chmodSync(folder, 0o711)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a program of this repository, killed when the test has finished, and waits for nothing. */
export function runProgram(
  program: string,
  environment: Record<string, string>,
  as: { uid?: number; gid?: number } = {},
): Run {
  return runCommand([process.execPath, '--import', 'tsx', join(root, program)], environment, as)
}

/** The same for a command, in the folder of this repository. */
export function runCommand(
  [file = '', ...args]: readonly string[],
  environment: Record<string, string>,
  as: { uid?: number; gid?: number } = {},
): Run {
  const child = spawn(file, args, {
    ...as,
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const run = observe(child)
  onTestFinished(async () => {
    run.kill('SIGKILL')
    await run.ended
  })
  return run
}

function observe(child: ChildProcess): Run {
  let output = ''
  let closed = false
  const listeners = new Set<() => void>()
  const changed = () => listeners.forEach((listener) => listener())
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      changed()
    })
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      closed = true
      resolve(signal ?? code)
      changed()
    })
  })
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    kill: (signal) => void child.kill(signal),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output)
          if (!match && !closed) return
          listeners.delete(look)
          if (match) resolve(match)
          else reject(new Error(`ended before printing ${pattern}:\n${output}`))
        }
        listeners.add(look)
        look()
      }),
  }
}

/** The processes whose command line names this text, such as a data folder. */
export function processesNaming(text: string): number[] {
  const ids = execFileSync('ps', ['-eo', 'pid='], { encoding: 'utf8' }).split('\n').map(Number)
  return ids.filter((pid) => pid > 0 && pid !== process.pid && commandOf(pid).includes(text) && isAlive(pid))
}

/** The processes that this one has started, and those that they have. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

/** The processes that this one has started. */
export function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []))
}

/** The processes that did not end in time. */
export async function survivors(pids: readonly number[]): Promise<number[]> {
  const gone = await Promise.all(pids.map((pid) => goneWithin(pid, 15_000)))
  return pids.filter((_, index) => !gone[index])
}

/** A data folder's Temporal CLI is the one that the run's set-up has found. */
export function withTemporalCli(): string {
  const folder = temporaryFolder()
  symlinkSync(inject('temporalCli'), join(folder, 'temporal'))
  return `${folder}:${process.env['PATH']}`
}
