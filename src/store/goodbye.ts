/** A PostgreSQL that is there answers a goodbye at once. */
const patienceMs = 2_000

/**
 * Waits for connections to end, but not for a PostgreSQL that hangs, or is out of reach without a word: it never answers the goodbye, and nothing is lost
 * with a connection on which nobody waits any more. Whoever runs a process ends it then, and with it the sockets.
 */
export async function goodbye(ends: Promise<unknown>): Promise<void> {
  let given: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    given = setTimeout(resolve, patienceMs)
  })
  await Promise.race([ends, enough]).finally(() => clearTimeout(given))
}
