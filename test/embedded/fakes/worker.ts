import { announceReady, whenParentEnds } from '../../../src/embedded/parent.ts'

const alive = setInterval(() => {}, 60_000)
const stop = () => {
  clearInterval(alive)
  process.exit(0)
}
process.once('SIGTERM', stop)
whenParentEnds(stop)
if (process.env['FAKE_WORKER_FAILURE']) {
  console.error(process.env['FAKE_WORKER_FAILURE'])
  process.exit(1)
}
announceReady()
