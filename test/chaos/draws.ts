import fc from 'fast-check'

/** Whole numbers below a limit, the same for the same seed. */
export function drawsFrom(seed: number) {
  const random = fc.sample(fc.infiniteStream(fc.nat()), { seed, numRuns: 1 })[0]
  return (limit: number): number => Number(random?.next().value) % limit
}

export function shuffled<T>(draw: (limit: number) => number, list: readonly T[]): T[] {
  const rest = [...list]
  return list.map(() => rest.splice(draw(rest.length), 1)[0] as T) // one is taken for each
}
