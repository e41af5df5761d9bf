import { z } from 'zod'
import { parseRange } from './auth/client-address.ts'
import { parseDeliveryPrefixes } from './secrets/delivery-prefixes.ts'

/** A start that cannot succeed: its message names the variable and what to do. Shown without a stack, exit code 1. */
export class StartError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StartError'
  }
}

const port = z.coerce.number().int().min(0).max(65_535)

const url = (protocols: string[], example: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `is not a URL like ${example}`,
  })

const keyRing = z.string().transform((value, context) => {
  const keys = value.split(',').map((entry) => {
    const [id, key] = entry.trim().split(':')
    return { id: id ?? '', key: Buffer.from(key ?? '', 'base64') }
  })
  for (const { id, key } of keys) {
    if (!/^[\w-]{1,40}$/.test(id) || key.length !== 32) {
      context.addIssue({
        code: 'custom',
        message: 'is not a list of id:base64, each key 32 bytes (openssl rand -base64 32)',
      })
      return z.NEVER
    }
  }
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    context.addIssue({ code: 'custom', message: 'names two keys alike' })
    return z.NEVER
  }
  return keys
})

const deliveryTargets = z
  .string()
  .default('')
  .transform((value, context) => {
    const { prefixes, problems } = parseDeliveryPrefixes(value)
    if (problems.length === 0) return prefixes
    context.addIssue({ code: 'custom', message: `is wrong: ${problems.join(', ')}` })
    return z.NEVER
  })

const listed = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )

const trustedProxies = listed.transform((entries, context) =>
  entries.flatMap((entry) => {
    const range = parseRange(entry)
    if (!range) context.addIssue({ code: 'custom', message: `names ${entry}, which is neither an address nor a CIDR` })
    return range ? [range] : []
  }),
)

const origin = url(['http:', 'https:'], 'https://syncline.example')
  .refine((value) => !URL.canParse(value) || new URL(value).href === `${new URL(value).origin}/`, {
    message: 'is more than a scheme, a host and a port',
  })
  .transform((value) => new URL(value))

const flag = (unset: '0' | '1') =>
  z
    .enum(['0', '1'])
    .default(unset)
    .transform((value) => value === '1')

/** Of a credential that is sent in a header. */
const credential = z.string().regex(/^[!-~]+$/, 'holds a space or another character that none of them has')

const variables = {
  PORT: port.default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: url(['postgresql:', 'postgres:'], 'postgresql://user:password@host:5432/syncline'),
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s:/]+:\d+$/, 'is not host:port'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_UI_URL: url(['http:', 'https:'], 'http://127.0.0.1:8233').optional(),
  SYNCLINE_POSTGRES_PORT: port.default(0),
  SYNCLINE_TEMPORAL_PORT: port.default(7233),
  SYNCLINE_TEMPORAL_UI_PORT: port.default(8233),
  SYNCLINE_DEMO_PORT: port.default(0),
  SYNCLINE_DEMO_URL: url(['http:'], 'http://127.0.0.1:4801').optional(),
  SYNCLINE_DATA_DIR: z.string().min(1).default('./.syncline'),
  SYNCLINE_OWNER_KEY: z.string().min(32, 'is shorter than 32 characters').max(1_000).optional(),
  SYNCLINE_ENCRYPTION_KEYS: keyRing.optional(),
  SECRET_STORE: z.enum(['local', 'vault', 'aws', 'azure']).default('local'),
  SECRET_STORE_PREFIX: z.string().optional(),
  VAULT_ADDR: url(['http:', 'https:'], 'https://vault.example:8200').optional(),
  VAULT_NAMESPACE: credential.optional(),
  VAULT_TOKEN: credential.optional(),
  VAULT_ROLE_ID: credential.optional(),
  VAULT_SECRET_ID: credential.optional(),
  AWS_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'is not a region like eu-central-1')
    .optional(),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: url(
    ['http:', 'https:'],
    'https://secretsmanager.eu-central-1.amazonaws.com',
  ).optional(),
  AZURE_KEYVAULT_URL: url(['https:'], 'https://my-vault.vault.azure.net').optional(),
  AZURE_TENANT_ID: credential.optional(),
  AZURE_CLIENT_ID: credential.optional(),
  AZURE_CLIENT_SECRET: credential.optional(),
  SYNCLINE_DELIVERY_TARGETS: deliveryTargets,
  SYNCLINE_ALLOWED_SOURCE_HOSTS: listed,
  SYNCLINE_PUBLIC_URL: origin.optional(),
  SYNCLINE_TRUSTED_PROXIES: trustedProxies,
  SYNCLINE_RATE_LIMIT: z.coerce.number().int().min(0).max(1_000_000).default(200),
  SYNCLINE_INTROSPECTION: flag('1'),
  SYNCLINE_METRICS_PORT: port.optional(),
  SYNCLINE_METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  SYNCLINE_DEMO: flag('1'),
  SYNCLINE_GRAPHIQL: flag('0'),
  SYNCLINE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
} as const

export type Variable = keyof typeof variables

/** What the secret store and the delivery of tokens are told by, whichever store it is. */
export const secretVariables = [
  'SECRET_STORE',
  'SECRET_STORE_PREFIX',
  'SYNCLINE_ENCRYPTION_KEYS',
  'SYNCLINE_DELIVERY_TARGETS',
] as const satisfies Variable[]

/** What each secret manager needs to be told; read only where it is in use. */
export const managerVariables = {
  vault: ['VAULT_ADDR', 'VAULT_NAMESPACE', 'VAULT_TOKEN', 'VAULT_ROLE_ID', 'VAULT_SECRET_ID'],
  aws: ['AWS_REGION', 'AWS_ENDPOINT_URL_SECRETS_MANAGER'],
  azure: ['AZURE_KEYVAULT_URL', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
} as const satisfies Record<string, Variable[]>

/** Reads the named variables of this process, once; throws StartError naming each that is missing or wrong. */
export function readConfig<const V extends Variable>(names: readonly V[], environment: NodeJS.ProcessEnv) {
  const shape = Object.fromEntries(names.map((name) => [name, variables[name]])) as Pick<typeof variables, V> // fromEntries forgets which keys
  const given = Object.fromEntries(
    names.map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  )
  const result = z.object(shape).safeParse(given)
  if (result.success) return Object.freeze(result.data)
  const problems = result.error.issues.map((issue) => {
    const name = String(issue.path[0])
    return `${name} ${given[name] === undefined ? 'is not set' : issue.message}`
  })
  throw wrongVariables(problems)
}

export const wrongVariables = (problems: readonly string[]) =>
  new StartError(`${problems.join('; ')}. See the table of variables in the README.`)
