/** Null: signed in. Else why not, for people. */
export const signIn = (key: string): Promise<string | null> =>
  ask({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }) })

/** Null: the session has ended. Else why that is not certain, for people. */
export const signOut = (): Promise<string | null> => ask({ method: 'DELETE' })

const patienceMs = 15_000

async function ask(request: RequestInit): Promise<string | null> {
  let response: Response
  try {
    response = await fetch('/session', {
      credentials: 'same-origin',
      signal: AbortSignal.timeout(patienceMs),
      ...request,
    })
  } catch {
    return 'The Syncline API does not answer. Check that it runs, and try again.'
  }
  if (response.ok) return null
  return (await messageOf(response)) ?? `That did not work (HTTP ${response.status}). Try again.`
}

async function messageOf(response: Response): Promise<string | null> {
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : null
  } catch {
    return null
  }
}
