import { forwardSdkLogs } from '../src/temporal/worker.ts'

let forwarded = false

/** A process can do it once, whatever rigs a test file has. */
export function forwardSdkLogsOnce(log: Parameters<typeof forwardSdkLogs>[0]) {
  if (!forwarded) forwardSdkLogs(log)
  forwarded = true
}
