import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = fileURLToPath(new URL('../../../node_modules/.cache/syncline/', import.meta.url))

/**
 * The folder with the given packages of PyPI, each pinned. Installed once, with pip, beside what else the tests keep; afterwards nothing is
 * asked of the network. Other requirements are another folder.
 */
export async function pythonPackages(name: string, requirements: readonly string[]): Promise<string> {
  const version = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12)
  const folder = join(cache, `${name}-${version}`)
  if (existsSync(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  // installed beside its place and renamed: a kill half-way, or another run that does the same, does no harm
  const work = await mkdtemp(`${folder}.`)
  try {
    const list = join(work, 'requirements.txt')
    await writeFile(list, requirements.join('\n'))
    const hashes = requirements.some((line) => line.includes('--hash=')) ? ['--require-hashes'] : []
    const options = ['--quiet', '--no-deps', '--no-compile', '--only-binary', ':all:', '--retries', '3', ...hashes]
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', work, '--requirement', list], {
      timeout: 240_000,
    })
    await rename(work, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error // else the other run was first
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return folder
}
