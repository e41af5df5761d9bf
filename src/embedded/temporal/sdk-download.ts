// A program of its own, run with the folder as its argument: the Temporal SDK downloads its CLI only on the way to
// starting a server, and it loads a native library that the calling process has no other use for.
import { TestWorkflowEnvironment } from '@temporalio/testing'

const downloadDir = process.argv[2]
if (downloadDir === undefined) throw new Error('usage: sdk-download.ts <folder>')
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir } },
})
await environment.teardown()
