import { announceReady, whenParentEnds } from '../../../src/embedded/parent.ts'

setInterval(() => {}, 60_000) // as a worker, it stays until it is stopped
const stop = () => process.exit(0)
process.once('SIGTERM', stop)
whenParentEnds(stop)
announceReady()
