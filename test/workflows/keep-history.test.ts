import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { forgetUnreleased } from './keep-history.ts'

test('recording anew leaves the histories of earlier releases', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'histories-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const released = ['reader-continued-1-0.2.0.json', 'run-initial-0.1.0.json', 'run-initial-1.12.3.json']
  for (const name of [...released, 'run-initial.json', 'reader-continued-1.json'])
    await writeFile(join(folder, name), '{}')
  await forgetUnreleased(folder)
  expect((await readdir(folder)).sort()).toEqual(released)
})
