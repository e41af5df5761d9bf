import type { WebSocket } from 'ws'
import type { Session } from '../../auth/authenticate.ts'
import { credentialOf } from '../../auth/caller.ts'
import { AuthenticationError } from '../../auth/errors.ts'

export interface AdmissionOptions {
  socketsPerCredential: number
  /** As EventHub.onConfirm: a socket on which nothing runs ends with its credential too. */
  onConfirm: (confirm: () => void) => () => void
  /** Its credential is no longer good. */
  end: (socket: WebSocket, expired: boolean) => void
}

/** Sockets whose credential was let in: so many of each, and for as long as it is good. */
export interface Admission {
  /** False: its credential has as many as it may. */
  admit(socket: WebSocket, session: Session): boolean
  /** Gives its place back. */
  leave(socket: WebSocket): void
  stop(): void
}

const longestTimer = 2 ** 31 - 1

export function createAdmission({ socketsPerCredential, onConfirm, end }: AdmissionOptions): Admission {
  const counts = new Map<string, number>()
  const leaving = new WeakMap<WebSocket, () => void>()
  /** By secret: what is open on one is confirmed by one of its sessions. */
  const sessions = new Map<string, { session: Session; sockets: Set<WebSocket> }>()

  const stop = onConfirm(() => {
    for (const { session, sockets } of sessions.values()) {
      session.confirm().catch((error: unknown) => {
        // PostgreSQL may be away for a moment: what the sockets ask for meanwhile is refused anyway
        if (error instanceof AuthenticationError) for (const socket of sockets) end(socket, error.expired)
      })
    }
  })

  /** Answers how to give the place back; null where there is none. */
  function count(credential: string): (() => void) | null {
    const open = counts.get(credential) ?? 0
    if (open >= socketsPerCredential) return null
    counts.set(credential, open + 1)
    return () => {
      const others = (counts.get(credential) ?? 1) - 1
      if (others > 0) counts.set(credential, others)
      else counts.delete(credential)
    }
  }

  /** Answers how to confirm it no more. */
  function confirmed(socket: WebSocket, session: Session): () => void {
    const ofSecret = sessions.get(session.credential) ?? { session, sockets: new Set() }
    sessions.set(session.credential, ofSecret)
    ofSecret.sockets.add(socket)
    return () => {
      ofSecret.sockets.delete(socket)
      if (ofSecret.sockets.size === 0) sessions.delete(session.credential)
    }
  }

  function expiring(socket: WebSocket, { expiresAt }: Session): NodeJS.Timeout | undefined {
    const left = expiresAt ? expiresAt.getTime() - Date.now() : Number.POSITIVE_INFINITY
    // a longer timer would fire at once; credentials are confirmed anyway
    return left <= longestTimer ? setTimeout(() => end(socket, true), left) : undefined
  }

  return {
    admit(socket, session) {
      const giveBack = count(credentialOf(session.caller))
      if (!giveBack) return false
      const forget = confirmed(socket, session)
      const expiry = expiring(socket, session)
      leaving.set(socket, () => {
        clearTimeout(expiry)
        forget()
        giveBack()
      })
      return true
    },
    leave(socket) {
      leaving.get(socket)?.()
      leaving.delete(socket)
    },
    stop,
  }
}
