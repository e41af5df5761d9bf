/** The browser's part of a session: JavaScript cannot read it, and no request that another site causes carries it. */
export interface SessionCookie {
  /** The secret of a Cookie header; null when it holds none, or several: which of them this server has set nobody can tell. */
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
      const given = header
        .split(';')
        .map((pair) => pair.trim().split('=', 2))
        .filter(([key]) => key === name)
      return (given.length === 1 && given[0]?.[1]) || null
    },
    set: (secret, lastsMs) => written(secret, Math.floor(lastsMs / 1000)),
    clear: () => written('', 0),
  }
}
