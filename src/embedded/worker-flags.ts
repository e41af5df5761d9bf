/**
 * How a worker's node is started, wherever it is: package.json and docker-compose.yml spell the flags the same. V8 lets the heap grow to four
 * times what is alive before it looks again; a worker holds batches that are soon gone, so that this was most of its memory. There is no hard limit: twenty
 * entities of large pages may need more.
 */
export const workerNodeFlags = ['--max-semi-space-size=64'] as const

/** glibc keeps freed memory for each of many threads otherwise; other systems do not look at it. */
export const workerEnvironment = { MALLOC_ARENA_MAX: '2' } as const
