import { setImmediate } from 'node:timers/promises'

/** Asks about a credential once for all who ask at the same time. Settles as a look that began after the call. */
export type Confirm = (credential: string, look: () => Promise<unknown>) => Promise<void>

/**
 * Who asks while a look is under way gets the next one: what it has just read may be of after that look. However many streams a credential holds,
 * there are never more than one look under way and one waiting.
 */
export function createConfirmations(): Confirm {
  const last = new Map<string, { begun: boolean; looked: Promise<void> }>()
  let turn: Promise<void> | undefined

  /** The same for all credentials: the looks of those that are asked about in one turn of the loop begin together. */
  function endOfTurn() {
    turn ??= setImmediate().then(() => {
      turn = undefined
    })
    return turn
  }

  return (credential, look) => {
    const current = last.get(credential)
    if (current && !current.begun) return current.looked
    const next = { begun: false, looked: Promise.resolve() }
    async function lookNext() {
      await endOfTurn()
      await current?.looked.catch(() => {}) // it has told those who asked for it
      next.begun = true
      try {
        await look()
      } finally {
        if (last.get(credential) === next) last.delete(credential)
      }
    }
    next.looked = lookNext()
    last.set(credential, next)
    return next.looked
  }
}
