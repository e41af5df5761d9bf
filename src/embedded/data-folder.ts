import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { StartError } from '../config.ts'
import { commandOf, goneWithin, isAlive } from './processes.ts'

const remembered = z.object({
  /** The demo source's newest generated record; with it each start has the same records. */
  demoAnchor: z.iso.datetime().optional(),
  demoPort: z.number().int().optional(),
  /** The owner's key came from SYNCLINE_OWNER_KEY, so that only its hash is kept, in the database. */
  ownerKeyGiven: z.boolean().optional(),
})
export type Remembered = z.infer<typeof remembered>

/** What lasts between starts. Held by one start at a time. */
export interface DataFolder {
  readonly path: string
  at(...names: string[]): string
  recall(): Remembered
  remember(change: Remembered): void
  release(): void
}

/** Takes the data folder for this process, or throws StartError saying which process holds it. */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const at = (...names: string[]) => join(path, ...names)
  try {
    mkdirSync(path, { recursive: true, mode: 0o711 }) // as root PostgreSQL runs as another user, who must pass through it
    mkdirSync(at('logs'), { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StartError(`SYNCLINE_DATA_DIR: ${path} cannot be written (${(cause as Error).message}).`, { cause })
  }
  await takeLock(at('lock'), path)
  const file = at('state.json')
  const recall = () => read(file)
  return {
    path,
    at,
    recall,
    remember: (change) => writeWhole(file, JSON.stringify({ ...recall(), ...change })),
    release: () => rmSync(at('lock'), { force: true }),
  }
}

/** A file that is never seen half-written, readable by its owner alone. */
export function writeWhole(file: string, text: string) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

async function takeLock(lock: string, path: string) {
  const own = `${lock}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    while (!linked(own, lock)) {
      const holder = Number(contentOf(lock))
      // An id that is not a start of ours was given to a stranger after a reboot. A start that is ending gets a moment.
      const held = holder !== process.pid && isAlive(holder) && commandOf(holder).includes('main.ts')
      if (held && !(await goneWithin(holder, 1_000))) {
        throw new StartError(
          `Syncline runs in ${path} already (process ${holder}). Stop that one first, or set SYNCLINE_DATA_DIR to another folder.`,
        )
      }
      if (contentOf(lock) === String(holder)) rmSync(lock, { force: true })
    }
  } finally {
    rmSync(own)
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function read(file: string): Remembered {
  const text = contentOf(file)
  return text === '' ? {} : remembered.parse(JSON.parse(text))
}
