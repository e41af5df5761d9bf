import { fileURLToPath } from 'node:url'
import { dashboardFolder } from './http/dashboard-files.ts'
import { run } from './embedded/run.ts'

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))

await run({
  environment: process.env,
  programs: {
    api: program('api.ts'),
    worker: program('worker.ts'),
    dashboard: { sources: program('dashboard'), built: dashboardFolder },
  },
})
