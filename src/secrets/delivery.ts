import {
  type DeliveryPrefix,
  type DeliveryStore,
  deliveryStores,
  isTargetName,
  startsUnder,
} from './delivery-prefixes.ts'
import type { DeliveryTarget } from './delivery-target.ts'

/** Where a caller wants a token written. */
export interface TargetName {
  /** "vault", "aws" or "azure". */
  store: string
  name: string
}

/** A token goes into a secret manager only where the operator lets tokens of its environment go. */
export interface Delivery {
  /** Whether any target is allowed for this environment. */
  isOn(environment: string): boolean
  /** Throws DeliveryRefused. To be asked before a token is made. */
  check(environment: string, target: TargetName): void
  /**
   * Makes the token current at the target; repeating it is safe. Throws DeliveryRefused and SecretStoreDenied (nothing was written) or
   * SecretStoreUnavailable (it may have been written: revoke the token).
   */
  write(environment: string, target: TargetName, token: string): Promise<void>
  /** Counts work, a write and the storing of what came of it, as under way. */
  during<T>(work: Promise<T>): Promise<T>
  /** When nothing is under way: cut off, a token would be at its target of which nobody knows. */
  idle(): Promise<void>
}

/** The target is not one that the operator allows, whoever asks. */
export class DeliveryRefused extends Error {
  readonly retry = 'terminal'

  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}

export interface DeliveryDeps {
  allowed: readonly DeliveryPrefix[]
  /** Opened when it is first written to. */
  open: (store: DeliveryStore) => Promise<DeliveryTarget>
}

export function createDelivery({ allowed, open }: DeliveryDeps): Delivery {
  const isOn = (environment: string) => allowed.some((one) => one.environment === environment)

  function checked(
    environment: string,
    { store: storeName, name }: TargetName,
  ): { store: DeliveryStore; name: string } {
    if (!isOn(environment)) {
      throw new DeliveryRefused(
        'Tokens of this environment are not delivered anywhere: SYNCLINE_DELIVERY_TARGETS allows no target. Leave the target out; the token is then shown once.',
      )
    }
    const store = deliveryStores.find((one) => one === storeName)
    if (store === undefined) throw new DeliveryRefused(`The target's store is none of ${deliveryStores.join(', ')}.`)
    if (!isTargetName(store, name)) {
      throw new DeliveryRefused(`The target's name is not one of ${store}: ${nameRule[store]}.`)
    }
    if (
      !allowed.some(
        (one) => one.environment === environment && one.store === store && startsUnder(store, name, one.prefix),
      )
    ) {
      throw new DeliveryRefused('The target does not lie under a prefix that the operator allows for this environment.')
    }
    return { store, name }
  }

  const underWay = new Set<Promise<unknown>>()
  return {
    isOn,
    check: (environment, target) => void checked(environment, target),
    async write(environment, target, token) {
      const { store, name } = checked(environment, target)
      await (await open(store)).write(name, token)
    },
    async during(work) {
      underWay.add(work)
      try {
        return await work
      } finally {
        underWay.delete(work)
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}

const nameRule: Record<DeliveryStore, string> = {
  vault: 'mount/path, of letters, digits and _ . @ + = - between single slashes',
  aws: 'letters, digits and _ . @ + = - between single slashes',
  azure: 'letters and digits between single dashes, 127 at most',
}
