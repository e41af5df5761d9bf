/** The secret managers into which tokens can be delivered. */
export const deliveryStores = ['vault', 'aws', 'azure'] as const
export type DeliveryStore = (typeof deliveryStores)[number]

export interface DeliveryPrefix {
  /** The environment's name. */
  environment: string
  store: DeliveryStore
  /** What the names of targets begin with; ends where a name's part ends. */
  prefix: string
}

/** How the parts of a name look in a store, and what stands between them. No part is `.` or `..`, none is encoded. */
const forms = {
  vault: { separator: '/', part: /^[\w.@+=-]{1,200}$/, longest: 1_000, example: 'kv/customers/' },
  aws: { separator: '/', part: /^[\w.@+=-]{1,200}$/, longest: 512, example: 'customers/' },
  azure: { separator: '-', part: /^[0-9A-Za-z]{1,127}$/, longest: 127, example: 'customers-' },
} as const satisfies Record<DeliveryStore, { separator: string; part: RegExp; longest: number; example: string }>

export const examplePrefix = (store: DeliveryStore) => forms[store].example

/** Whether it is a name that the store takes, written in the one way that leads there. In Vault it has a mount and a path. */
export function isTargetName(store: DeliveryStore, name: string): boolean {
  const { separator, longest } = forms[store]
  const parts = name.split(separator)
  return name.length <= longest && (store !== 'vault' || parts.length > 1) && parts.every((part) => isPart(store, part))
}

/** A prefix is whole parts, at least one, and ends with the separator: `kv/cust` would let `kv/customers-of-others/x` in. */
export function isPrefix(store: DeliveryStore, prefix: string): boolean {
  const { separator } = forms[store]
  const parts = prefix.split(separator)
  return parts.length > 1 && parts.pop() === '' && parts.every((part) => isPart(store, part))
}

const isPart = (store: DeliveryStore, part: string) => forms[store].part.test(part) && part !== '.' && part !== '..'

/** Key Vault tells names apart without regard to case. */
export const foldedName = (store: string, name: string) => (store === 'azure' ? name.toLowerCase() : name)

export const startsUnder = (store: DeliveryStore, name: string, prefix: string) =>
  foldedName(store, name).startsWith(foldedName(store, prefix))

/**
 * `production=vault:kv/customers/,testing=aws:test/`; what is wrong is in `problems`. Prefixes of two environments do not overlap: tokens of the one could
 * be written over by the other.
 */
export function parseDeliveryPrefixes(value: string): { prefixes: DeliveryPrefix[]; problems: string[] } {
  const prefixes: DeliveryPrefix[] = []
  const problems: string[] = []
  for (const entry of value.split(',').map((text) => text.trim())) {
    if (entry === '') continue
    const [, environment, name, prefix = ''] = /^([\w-]{1,64})=([a-z]+):(.*)$/.exec(entry) ?? []
    const store = deliveryStores.find((one) => one === name)
    if (environment === undefined) problems.push(`"${entry}" is not environment=store:prefix`)
    else if (store === undefined) problems.push(`"${name}" is none of ${deliveryStores.join(', ')}`)
    else if (!isPrefix(store, prefix)) problems.push(`"${prefix}" is not a prefix like ${examplePrefix(store)}`)
    else prefixes.push({ environment, store, prefix })
  }
  for (const [i, one] of prefixes.entries()) {
    const other = prefixes
      .slice(i + 1)
      .find((candidate) => candidate.environment !== one.environment && overlap(one, candidate))
    if (other) {
      problems.push(
        `${one.environment} and ${other.environment} share targets (${one.prefix} and ${other.prefix}): give each environment a prefix of its own`,
      )
    }
  }
  return { prefixes, problems }
}

const overlap = (one: DeliveryPrefix, other: DeliveryPrefix) =>
  one.store === other.store &&
  (startsUnder(one.store, one.prefix, other.prefix) || startsUnder(one.store, other.prefix, one.prefix))
