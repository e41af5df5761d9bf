import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface DashboardPlace {
  sources: string
  /** Where its Vite config puts it. */
  built: string
}

export interface DashboardOptions extends DashboardPlace {
  say: (line: string) => void
  signal: AbortSignal
}

/** Builds the dashboard where it is missing or older than its sources: a few seconds, once. What fails here leaves a running system. */
export async function provideDashboard({ sources, built, say, signal }: DashboardOptions): Promise<void> {
  if (isCurrent(sources, join(built, 'index.html'))) return
  const vite = findVite()
  if (vite === null) {
    say('Dashboard: not built, as its packages are not installed. npm ci installs them.')
    return
  }
  const config = join(sources, 'vite.config.ts')
  await new Promise<void>((resolve) => {
    execFile(
      process.execPath,
      [vite, 'build', '--config', config, '--logLevel', 'warn'],
      { signal },
      (error, _out, err) => {
        if (!error) say('Dashboard: built.')
        else if (!signal.aborted) say(`Dashboard: could not be built. ${err.trim() || error.message}`)
        resolve()
      },
    )
  })
}

function isCurrent(sources: string, page: string): boolean {
  if (!existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.every((file) => statSync(join(file.parentPath, file.name)).mtimeMs <= builtAt)
}

function findVite(): string | null {
  try {
    const found = createRequire(import.meta.url).resolve('vite/package.json')
    return join(dirname(found), 'bin/vite.js')
  } catch {
    return null
  }
}
