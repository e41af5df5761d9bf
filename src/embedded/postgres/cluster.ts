import { execFileSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Account } from './account.ts'

const settings = z.object({ password: z.string(), port: z.number().int() })
export type ClusterSettings = z.infer<typeof settings>

/** What server processes see of our environment: nothing of it but the path. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const settingsFile = (dataDir: string) => join(dataDir, 'embedded.json')

export const readSettings = (dataDir: string): ClusterSettings =>
  settings.parse(JSON.parse(readFileSync(settingsFile(dataDir), 'utf8')))

export const writeSettings = (dataDir: string, value: ClusterSettings) =>
  writeFileSync(settingsFile(dataDir), JSON.stringify(value), { mode: 0o600 })

export interface ClusterOptions {
  binaries: string
  account: Account
  dataDir: string
  port: number
  durable: boolean
}

/** Makes the cluster unless it is there. It is built beside its place and renamed, so that a kill half-way leaves nothing. */
export function ensureCluster({ binaries, account, dataDir, port, durable }: ClusterOptions) {
  if (existsSync(settingsFile(dataDir))) return
  const building = `${dataDir}.new`
  rmSync(building, { recursive: true, force: true })
  mkdirSync(building, { mode: 0o700 })
  own(building, account)
  const password = randomBytes(24).toString('base64url')
  const passwordFile = join(tmpdir(), `syncline-${randomUUID()}`)
  writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' })
  own(passwordFile, account)
  try {
    const [command = '', ...rest] = [
      ...account.prefix,
      join(binaries, 'initdb'),
      ...['-D', building, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      ...['-E', 'UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
    ]
    const { uid, gid } = account
    const as = uid === undefined || gid === undefined ? {} : { uid, gid }
    execFileSync(command, rest, { ...as, cwd: building, env: serverEnvironment, stdio: 'pipe' })
  } finally {
    rmSync(passwordFile)
  }
  writeSettings(building, { password, port })
  renameSync(building, dataDir)
}

function own(path: string, { owner }: Account) {
  if (owner) chownSync(path, owner.uid, owner.gid)
}
