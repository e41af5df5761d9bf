/** The browser's part of a session: JavaScript cannot read it, and no request that another site causes carries it. */
export interface SessionCookie {
  /** The secret of a Cookie header; null when it holds none. */
  read(header: string | undefined): string | null
  /** Value of a Set-Cookie header. */
  set(secret: string, lastsMs: number): string
  clear(): string
}

/** `secure`: browsers reach this server over TLS. The prefix then keeps other hosts of the domain from setting it. */
export function createSessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-syncline_session' : 'syncline_session'
  const rules = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  const written = (value: string, seconds: number) => `${name}=${value}; Max-Age=${seconds}; ${rules}`
  return {
    read(header = '') {
      for (const pair of header.split(';')) {
        const [key, value] = pair.trim().split('=', 2)
        if (key === name && value) return value
      }
      return null
    },
    set: (secret, lastsMs) => written(secret, Math.floor(lastsMs / 1000)),
    clear: () => written('', 0),
  }
}
