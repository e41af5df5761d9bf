import { TooManyOperations } from './errors.ts'
import { createRate } from './rate.ts'

/** Counts what a credential begins; throws TooManyOperations. */
export type CountOperation = (credential: string) => void

/** So many seconds' worth of operations may come at once. */
const burstSeconds = 5
const credentials = 10_000

/** Of one credential in one process, over whichever transport; 0: as many as it likes. */
export function createOperationRate(perSecond: number): CountOperation {
  if (perSecond === 0) return () => {}
  const burst = perSecond * burstSeconds
  const rate = createRate({ burst, everyMs: 1_000 / perSecond, keys: credentials })
  return (credential) => {
    const wait = rate.take(credential)
    if (wait > 0) throw new TooManyOperations(perSecond, burst, wait)
  }
}
