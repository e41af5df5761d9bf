/**
 * How a worker's node is started, wherever it is: package.json and docker-compose.yml spell the flags the same. Batches are soon gone: room for
 * young objects keeps them from being copied as if they were to stay.
 */
export const workerNodeFlags = ['--max-semi-space-size=64'] as const

/** glibc keeps freed memory for each of many threads otherwise; other systems do not look at it. */
export const workerEnvironment = { MALLOC_ARENA_MAX: '2' } as const
