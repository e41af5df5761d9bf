import { execFileSync, spawnSync } from 'node:child_process'
import { StartError } from '../../config.ts'

/** As whom the server runs, and what stands before its command line. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
  readonly prefix: readonly string[]
  /** Who must own the data folder, when that is not us. */
  readonly owner?: { uid: number; gid: number }
}

/** PostgreSQL refuses to run as root: then it runs as postgres or nobody, who must reach each of `folders`. */
export function serverAccount(folders: readonly string[]): Account {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const owner = unprivileged()
  if (folders.every((folder) => reaches(folder, owner))) return { ...owner, prefix: [], owner }
  // A checkout under /root: one capability lets that user through the closed folder above.
  const { uid, gid } = owner
  const prefix = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--',
  ]
  if (folders.every((folder) => reaches(folder, {}, prefix))) return { prefix, owner }
  throw new StartError(
    `PostgreSQL does not run as root, and the user with id ${uid} that it would run as cannot reach ${folders.join(' and ')}. ` +
      'Start as an ordinary user, or give each folder above them the permission o+x, or set DATABASE_URL.',
  )
}

function unprivileged(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // no such user: the next
    }
  }
  throw new StartError(
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody. Start as an ordinary user, or set DATABASE_URL.',
  )
}

function reaches(folder: string, account: { uid?: number; gid?: number }, prefix: readonly string[] = []): boolean {
  const [command, ...rest] = [...prefix, '/bin/sh', '-c', 'cd "$1"', 'sh', folder]
  return spawnSync(command, rest, { ...account, cwd: '/', stdio: 'ignore' }).status === 0
}
