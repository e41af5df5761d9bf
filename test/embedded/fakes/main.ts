import { fileURLToPath } from 'node:url'
import { run } from '../../../src/embedded/run.ts'

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))

// As src/main.ts, with an API and a worker that only pretend.
await run({
  environment: process.env,
  programs: { api: program('api.ts'), worker: program(process.env['FAKE_WORKER'] ?? 'worker.ts') },
})
