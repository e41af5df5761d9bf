import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { commandOf, goneWithin, isAlive } from '../processes.ts'

export const pidFile = (dataDir: string) => join(dataDir, 'postmaster.pid')

export const postmasterPid = (dataDir: string) => Number(readFileSync(pidFile(dataDir), 'utf8').split('\n')[0])

/**
 * Clears what an earlier start has left: a server that is still shutting down after its parent was killed, or the pid
 * file of one that is gone. The caller holds the data folder's lock, so a server that runs here belongs to nobody.
 */
export async function clearPrevious(dataDir: string) {
  if (!existsSync(pidFile(dataDir))) return
  const pid = postmasterPid(dataDir)
  // After a reboot the id may be a stranger's; PostgreSQL would then refuse to start.
  if (isAlive(pid) && commandOf(pid).includes(dataDir)) {
    if (await goneWithin(pid, 10_000)) return
    process.kill(pid, 'SIGINT')
    if (!(await goneWithin(pid, 20_000)))
      throw new Error(`a PostgreSQL server (process ${pid}) runs in ${dataDir} and does not stop`)
  }
  rmSync(pidFile(dataDir), { force: true })
}
