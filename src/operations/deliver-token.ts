import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../log.ts'
import { type Delivery, DeliveryRefused, type TargetName } from '../secrets/delivery.ts'
import { foldedName } from '../secrets/delivery-prefixes.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { claimTarget } from '../store/delivery-claim.ts'
import type { Succession } from '../store/secret-succession.ts'
import { isUnavailable } from '../store/unavailable.ts'
import { ConflictError, ValidationError } from './errors.ts'

export interface DeliveryDeps {
  /** Null or absent: nothing can be delivered, tokens are shown. */
  delivery?: Delivery | null
  log: Logger
}

/** The way to the target that was asked for. */
export interface Deliver {
  /** Part of the transaction that makes the token, or says that it will be rotated into the target. Throws ConflictError where another owns it. */
  claim(client: pg.ClientBase, owner: Succession): Promise<void>
  /**
   * Writes the token there, and has what came of it settled: `failure` says why it could not be written, in words without the token; null when it was.
   * Settling is tried for as long as PostgreSQL takes to restart, so let it bear repetition; a process that stops waits for it.
   */
  hand<T>(token: string, settle: (failure: string | null) => Promise<T>): Promise<T>
}

/** Longer than a target is waited for (src/secrets/patience.ts), and well below the time for which the token's place is held. */
const writtenWithinMs = 60_000
/** For so long no other secret of the same key or connection is made; then the one before it has come to no end. */
export const pendingMs = 2 * writtenWithinMs

/** Null when no target is asked for: the token is shown then. Throws ValidationError for a target that cannot be written to. */
export function chooseDelivery(
  deps: DeliveryDeps,
  environment: string,
  target: TargetName | null | undefined,
  path: 'deliverTo' | 'deliverTokenTo',
): Deliver | null {
  return target ? deliveryTo(deps, environment, target, [path]) : null
}

/** Throws ValidationError for a target that the operator does not allow, with the path of the field that names it. */
export function deliveryTo(
  { delivery = null, log }: DeliveryDeps,
  environment: string,
  target: TargetName,
  path: readonly string[],
): Deliver {
  if (delivery === null || !delivery.isOn(environment)) {
    throw new ValidationError(
      'Token delivery is off: the operator has allowed no target for this environment. Name none; what is made or rotated by hand is then shown once.',
      path,
    )
  }
  try {
    delivery.check(environment, target)
  } catch (error) {
    if (!(error instanceof DeliveryRefused)) throw error
    throw new ValidationError(error.message, path, error)
  }
  const write = async (token: string): Promise<string | null> => {
    try {
      await within(writtenWithinMs, delivery.write(environment, target, token))
      return null
    } catch (error) {
      const reason = reasonOf(error).replaceAll(token, '[token]')
      log.warn({ environment, store: target.store, reason }, 'a token was not delivered')
      return reason
    }
  }
  return {
    claim: (client, owner) => claim(client, target, owner, path),
    hand: (token, settle) =>
      delivery.during(
        (async () => {
          const failure = await write(token)
          return persistently(() => settle(failure))
        })(),
      ),
  }
}

/** Two owners at one target would each overwrite the other's token, and its readers would read what is not theirs. */
async function claim(client: pg.ClientBase, target: TargetName, owner: Succession, path: readonly string[]) {
  const { store } = target
  const { kind, of } = await claimTarget(client, { store, name: foldedName(store, target.name) }, owner)
  if (kind === owner.kind && of === owner.of) return
  const [another, end] =
    kind === 'CONNECTION'
      ? ['connection', 'disconnect that connection, or revoke its token and have it rotated into no target']
      : ['API key', 'revoke that key']
  throw new ConflictError(
    `Tokens of another ${another} go to this target, and it holds one alone. Name another target, or first ${end}.`,
    path,
  )
}

const settlePausesMs = [250, 500, 1_000, 2_000, 4_000, 8_000]

async function persistently<T>(settle: () => Promise<T>): Promise<T> {
  for (const pause of settlePausesMs) {
    try {
      return await settle()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      await setTimeout(pause)
    }
  }
  return settle()
}

/** Not the error itself: whoever wrote its message had the token in hand. */
function reasonOf(error: unknown): string {
  if (error instanceof SecretStoreUnavailable || error instanceof SecretStoreDenied) return error.message
  if (error instanceof DeliveryTimeout) return `The target did not take the token within ${writtenWithinMs / 1_000} s.`
  return `The token could not be written to the target (${error instanceof Error ? error.constructor.name : typeof error}).`
}

class DeliveryTimeout extends Error {}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = globalThis.setTimeout(() => reject(new DeliveryTimeout()), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
