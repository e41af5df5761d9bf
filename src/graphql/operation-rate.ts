import { type Caller, credentialOf } from '../auth/caller.ts'
import { createRate } from '../auth/rate.ts'
import { rateLimited } from './errors.ts'

/** Counts an operation that a caller begins; throws RATE_LIMITED. A session counts as the key that it was opened with. */
export type CountOperation = (caller: Caller) => void

/** So many seconds' worth of operations may come at once. */
const burstSeconds = 5
const credentials = 10_000

/** Of one credential in one process, over whichever transport; 0: as many as it likes. */
export function createOperationRate(perSecond: number): CountOperation {
  if (perSecond === 0) return () => {}
  const rate = createRate({ burst: perSecond * burstSeconds, everyMs: 1_000 / perSecond, keys: credentials })
  return (caller) => {
    const wait = rate.take(credentialOf(caller))
    if (wait === 0) return
    const allowed = `${perSecond} operations a second, ${perSecond * burstSeconds} at once`
    throw rateLimited(
      `This credential begins too many operations: it has ${allowed}. Wait ${wait} s; ask for larger pages, or for several things in one operation.`,
      wait,
    )
  }
}
