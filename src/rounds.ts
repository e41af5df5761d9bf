/**
 * Works again and again, each time so long after the last round has ended, however long that took: rounds never queue behind one another. Answers how to
 * stop, which waits for the round that is under way.
 */
export function startRounds(
  ms: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false
  let round: Promise<void> = Promise.resolve()
  let timer = setTimeout(begin, ms)

  function begin() {
    round = work()
      .catch(onError)
      .then(() => {
        if (!stopped) timer = setTimeout(begin, ms)
      })
  }

  return () => {
    stopped = true
    clearTimeout(timer)
    return round
  }
}
