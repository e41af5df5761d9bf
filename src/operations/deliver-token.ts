import type { Logger } from '../log.ts'
import { type Delivery, DeliveryRefused, type TargetName } from '../secrets/delivery.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { ValidationError } from './errors.ts'

export interface DeliveryDeps {
  /** Null or absent: nothing can be delivered, tokens are shown. */
  delivery?: Delivery | null
  log: Logger
}

/** Writes the token to the target that was asked for. Never throws: answers why that failed, in words without the token; null when it did not. */
export type Deliver = (token: string) => Promise<string | null>

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
  { delivery, log }: DeliveryDeps,
  environment: string,
  target: TargetName,
  path: readonly string[],
): Deliver {
  if (!delivery?.isOn(environment)) {
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
  return async (token) => {
    try {
      await within(writtenWithinMs, delivery.write(environment, target, token))
      return null
    } catch (error) {
      const reason = reasonOf(error).replaceAll(token, '[token]')
      log.warn({ environment, store: target.store, reason }, 'a token was not delivered')
      return reason
    }
  }
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
    timer = setTimeout(() => reject(new DeliveryTimeout()), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
