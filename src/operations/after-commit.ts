import type { Logger } from '../log.ts'

const patienceMs = 1_500

/**
 * Tells Temporal of what is committed. The caller waits for that only so long: what it asked for has happened, and what Temporal is not told now the
 * reconciler tells it later.
 */
export async function afterCommit(log: Logger, connectionId: string, failed: string, tell: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined
  const told = tell().catch((err: unknown) => log.warn({ err, connectionId }, failed))
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs)
  })
  await Promise.race([told, waited])
  clearTimeout(timer)
}
