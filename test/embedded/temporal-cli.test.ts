import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { findTemporalCli } from '../../src/embedded/temporal/cli.ts'
import { startEmbeddedTemporal } from '../../src/embedded/temporal/start.ts'
import { temporaryFolder } from './processes.ts'

it('takes the CLI on PATH before the one that the folder keeps', async () => {
  const [folder, onPath] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(folder, 'bin'))
  symlinkSync(inject('temporalCli'), join(folder, 'bin/temporal'))
  const kept = { path: join(folder, 'bin/temporal'), from: folder }
  expect(await findTemporalCli({ folder, searchPath: `/nowhere:${onPath}` })).toEqual(kept)
  symlinkSync(inject('temporalCli'), join(onPath, 'temporal'))
  const installed = { path: join(onPath, 'temporal'), from: 'PATH' }
  expect(await findTemporalCli({ folder, searchPath: `/nowhere:${onPath}` })).toEqual(installed)
})

it('says in one line why the dev server did not start', async () => {
  const dataDir = temporaryFolder()
  mkdirSync(join(dataDir, 'temporal.db')) // a folder where the database should be
  const starting = startEmbeddedTemporal({
    executable: inject('temporalCli'),
    dataDir,
    namespace: 'default',
    port: 0,
    uiPort: null,
  })
  await expect(starting).rejects.toThrow(/^The Temporal dev server did not start: ended \(exit code 1\): .+$/)
})
