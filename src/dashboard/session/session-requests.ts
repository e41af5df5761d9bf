/** Null: signed in. Else why not, for people. */
export async function signIn(key: string): Promise<string | null> {
  let response: Response
  try {
    response = await fetch('/session', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    })
  } catch {
    return 'The Syncline API does not answer. Check that it runs, and try again.'
  }
  if (response.ok) return null
  if (response.status === 401) return 'This key is not known, or it has expired or been revoked.'
  if (response.status === 429) {
    const wait = response.headers.get('retry-after')
    return `Too many attempts. Try again ${wait ? `in ${wait} s` : 'shortly'}.`
  }
  return (await messageOf(response)) ?? `Signing in did not work (HTTP ${response.status}). Try again.`
}

export async function signOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE', credentials: 'same-origin' })
}

async function messageOf(response: Response): Promise<string | null> {
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : null
  } catch {
    return null
  }
}
