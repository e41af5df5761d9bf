import { readConfig, StartError } from './config.ts'
import { reachDatabase } from './foundation.ts'
import { rotateLocalSecrets } from './secrets/rotate-local.ts'

async function run() {
  const config = readConfig(['DATABASE_URL', 'SYNCLINE_ENCRYPTION_KEYS'], process.env)
  const { DATABASE_URL, SYNCLINE_ENCRYPTION_KEYS: ring } = config
  const newest = ring?.[0]
  if (!ring || !newest)
    throw new StartError('SYNCLINE_ENCRYPTION_KEYS is not set. See the table of variables in the README.')
  const db = await reachDatabase({
    url: DATABASE_URL,
    applicationName: 'syncline-rotate-encryption-key',
    max: 2,
    onError: () => {},
  })
  try {
    const { resealed, left } = await rotateLocalSecrets(db, ring, {
      onBatch: (count) => console.log(`${count} sealed anew under "${newest.id}" …`),
    })
    console.log(`Sealed ${resealed} ${resealed === 1 ? 'secret' : 'secrets'} anew under "${newest.id}".`)
    if (left.size === 0) {
      console.log(`All secrets are under "${newest.id}": once every process has it in front, the older keys can go.`)
      return
    }
    throw new StartError([...left].map(([id, count]) => leftUnder(id, count, ring)).join('; '))
  } finally {
    await db.close()
  }
}

function leftUnder(id: string, count: number, ring: readonly { id: string }[]): string {
  return ring.some((key) => key.id === id)
    ? `${count} left under "${id}": a process still seals under it, or SYNCLINE_ENCRYPTION_KEYS holds another key of that id. Restart every process with the newest key in front, then run this again`
    : `${count} left under "${id}", which SYNCLINE_ENCRYPTION_KEYS does not hold. Add that key behind the newest, then run this again`
}

run().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error)
  process.exitCode = 1
})
