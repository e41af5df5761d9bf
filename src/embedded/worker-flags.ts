/**
 * How a worker's node is started, wherever it is: package.json and docker-compose.yml spell the flags the same. The heap grows by a third beyond
 * what is alive, not to a multiple of it; batches are gone before they leave the young generation, if it is no smaller than this.
 */
export const workerNodeFlags = ['--heap-growing-percent=30', '--max-semi-space-size=16'] as const

/** glibc keeps freed memory for each of many threads otherwise; other systems do not look at it. */
export const workerEnvironment = { MALLOC_ARENA_MAX: '2' } as const
