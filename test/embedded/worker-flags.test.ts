import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { workerEnvironment, workerNodeFlags } from '../../src/embedded/worker-flags.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

test('a worker is started with the same limits wherever it is started', () => {
  expect(read('package.json')).toContain(`"exec node ${workerNodeFlags.join(' ')} --import tsx src/worker.ts"`)
  expect(read('docker-compose.yml')).toContain(`[node, ${workerNodeFlags.join(', ')}, --import, tsx, src/worker.ts]`)
  for (const [name, value] of Object.entries(workerEnvironment)) {
    expect(read('Dockerfile')).toContain(`ENV ${name}=${value}`)
  }
})
