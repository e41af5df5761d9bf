import { createApiClient, isUnauthenticated } from '../api/client.ts'
import { SessionDocument, type SessionQuery } from '../generated/documents.ts'

/** Whoever opens the dashboard looks at an empty page meanwhile. */
const patienceMs = 10_000

/** Who is signed in; nobody; or nobody can say, as the API does not answer. */
export async function readSession(): Promise<SessionQuery | 'nobody' | 'unknown'> {
  const client = createApiClient({ environment: null, onUnauthenticated: () => {}, queryMs: patienceMs })
  const { data, error } = await client.query(SessionDocument, {}, { requestPolicy: 'network-only' }).toPromise()
  return data ?? (error && isUnauthenticated(error) ? 'nobody' : 'unknown')
}
