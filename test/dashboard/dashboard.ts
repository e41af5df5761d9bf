import { connectDemo, type DemoJob, startDemoJob } from '../e2e/demo-job.ts'
import { ownerKey } from '../e2e/processes.ts'
import { finished } from '../e2e/runs.ts'
import { startSourceGate } from '../e2e/source-gate.ts'
import { openVisitors } from './visitors.ts'

export { heading, patience, reads, seen } from './looking.ts'
export { signIn, type Visitor } from './visitors.ts'

export type Dashboard = Awaited<ReturnType<typeof startDashboard>>

/** The whole product, a source that can be held back, and a browser. */
export async function startDashboard() {
  const job: DemoJob = await startDemoJob()
  const gate = await startSourceGate(job.demo.url)
  const origin = job.syncline.apiUrl
  const visitors = await openVisitors({ origin, ownerKey })

  /** A connection that is read through the gate, page by page. */
  const connectBehindGate = (name: string) =>
    connectDemo(job, { name, config: { baseUrl: gate.url, pageSize: 50, maxInFlight: 1 } })

  return {
    ...job,
    ...visitors,
    gate,
    origin,
    connectBehindGate,
    /** One that has been synced, and whose next runs the gate can hold. */
    async connectAcme() {
      const acme = await connectBehindGate('Acme')
      await finished(job.owner, acme.syncRunId)
      return acme
    },
    async stop() {
      await visitors.close()
      await job.stop()
      await gate.close()
    },
  }
}
