import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Connector } from '../connectors/contract.ts'
import type { SyncedEntity } from '../model/entities.ts'
import { mappingHexLength } from '../store/record-hash.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** What a record passes on its way from a received text to a row. Their imports of ours are among them: a test holds it. */
const decisive = [
  'src/connectors',
  'src/model',
  'src/queue.ts',
  'src/activities/prepare-record.ts',
  'src/store/record-hash.ts',
  'src/store/storable-text.ts',
]

/**
 * Stands for all code that turns a received text into a row: ours, file by file, what it is built on as the lock file
 * has it, and Node. Nobody has to remember to raise a version: any edit makes another digest, and costs that what is
 * stored is mapped and compared again.
 */
export function digestMappingCode(): string {
  const digests = [...mappingSources(), 'package-lock.json'].map(
    (path) => `${path} ${digest(readFileSync(join(root, path)))}`,
  )
  return digest([...digests, process.version, Intl.DateTimeFormat().resolvedOptions().timeZone].join('\n'))
}

/** Stands for everything beside the received text that decides what a record of this entity is mapped to. */
export function digestMapping(code: string, connector: Connector, config: unknown, entity: SyncedEntity): string {
  const reading = connector.reading ? connector.reading(config, entity) : config
  return digest(JSON.stringify([code, connector.key, entity, reading])).slice(0, mappingHexLength)
}

export const mappingSources = () => decisive.flatMap((path) => sourcesIn(path)).toSorted()

function sourcesIn(path: string): string[] {
  if (path.endsWith('.ts')) return [path]
  return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name))
}

const digest = (content: string | Buffer) => hash('sha256', content, 'hex')
