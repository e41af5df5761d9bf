import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

const workflows = fileURLToPath(new URL('../../workflows/', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/syncline/', import.meta.url))

/**
 * The workflow code as Temporal's sandbox takes it. Bundling takes seconds, so it is kept beside the packages under a name that changes with
 * the workflows and the SDK; where that folder cannot be written, every start bundles.
 */
export async function workflowBundle(): Promise<{ code: string }> {
  const file = join(cache, `workflows-${await fingerprint()}.js`)
  try {
    return { code: await readFile(file, 'utf8') }
  } catch {
    const { code } = await bundleWorkflowCode({ workflowsPath: join(workflows, 'index.ts'), logger: quiet })
    await keep(file, code).catch(() => {}) // a read-only installation
    return { code }
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  const names = (await readdir(workflows)).filter((name) => name.endsWith('.ts')).sort()
  for (const name of names) hash.update(name).update(await readFile(join(workflows, name)))
  const { version } = createRequire(import.meta.url)('@temporalio/workflow/package.json') as { version: string } // every package.json has one
  return hash.update(version).digest('hex').slice(0, 16)
}

/** Renamed into place: a process that starts meanwhile reads a whole file or none. */
async function keep(file: string, code: string) {
  await mkdir(cache, { recursive: true })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, code)
  await rename(temporary, file)
}

const ignore = () => {}
const quiet = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }
