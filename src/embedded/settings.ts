import { resolve } from 'node:path'
import { managerVariables, readConfig, secretVariables, type Variable } from '../config.ts'
import { type PortUse, usablePort } from './ports.ts'

/** What `npm start` is told by the environment. */
export type Settings = ReturnType<typeof readSettings>

const always = [
  'PORT',
  'HOST',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_UI_URL',
  'SYNCLINE_POSTGRES_PORT',
  'SYNCLINE_TEMPORAL_PORT',
  'SYNCLINE_TEMPORAL_UI_PORT',
  'SYNCLINE_DEMO_PORT',
  'SYNCLINE_DATA_DIR',
  'SYNCLINE_OWNER_KEY',
  'SYNCLINE_DEMO',
] as const

/** Checked and handed on to the API and the worker as they are. */
const handedOn = [
  ...secretVariables.filter((name) => name !== 'SYNCLINE_ENCRYPTION_KEYS'),
  'SYNCLINE_ALLOWED_SOURCE_HOSTS',
  'SYNCLINE_PUBLIC_URL',
  'SYNCLINE_TRUSTED_PROXIES',
  'SYNCLINE_RATE_LIMIT',
  'SYNCLINE_INTROSPECTION',
  'SYNCLINE_METRICS_PORT',
  'SYNCLINE_METRICS_HOST',
  'SYNCLINE_GRAPHIQL',
  'SYNCLINE_LOG_LEVEL',
] as const

/** What a Node process may need of the machine. */
const ofTheMachine = ['PATH', 'HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS']

/** What the SDKs of secret managers look for by themselves. */
const ofTheSdks = { vault: undefined, aws: /^AWS_/, azure: /^(AZURE|IDENTITY|MSI)_/ } as const

export function readSettings(environment: NodeJS.ProcessEnv) {
  const { SYNCLINE_DATA_DIR, ...settings } = readConfig([...always, ...handedOn], environment)
  const stores = [settings.SECRET_STORE, ...settings.SYNCLINE_DELIVERY_TARGETS.map(({ store }) => store)]
  const isGiven = (name: Variable) => Boolean(environment[name])
  return {
    ...settings,
    dataDir: resolve(SYNCLINE_DATA_DIR),
    searchPath: environment['PATH'] ?? '',
    databaseUrl: isGiven('DATABASE_URL') ? readConfig(['DATABASE_URL'], environment).DATABASE_URL : undefined,
    temporalAddress: isGiven('TEMPORAL_ADDRESS')
      ? readConfig(['TEMPORAL_ADDRESS'], environment).TEMPORAL_ADDRESS
      : undefined,
    encryptionKeys: encryptionKeys(environment),
    childEnvironment: pick(environment, [...ofTheMachine, ...handedOn, ...secretManagerVariables(stores, environment)]),
  }
}

/** Fails at once where a part could not listen later. */
export async function checkPorts(settings: Settings): Promise<void> {
  const { databaseUrl, temporalAddress, HOST } = settings
  const uses: [port: number, use: PortUse][] = [[settings.PORT, { part: 'the API', variable: 'PORT', host: HOST }]]
  if (databaseUrl === undefined)
    uses.push([settings.SYNCLINE_POSTGRES_PORT, { part: 'PostgreSQL', variable: 'SYNCLINE_POSTGRES_PORT' }])
  if (temporalAddress === undefined) {
    uses.push([settings.SYNCLINE_TEMPORAL_PORT, { part: 'Temporal', variable: 'SYNCLINE_TEMPORAL_PORT' }])
    uses.push([settings.SYNCLINE_TEMPORAL_UI_PORT, { part: 'the Temporal UI', variable: 'SYNCLINE_TEMPORAL_UI_PORT' }])
  }
  if (settings.SYNCLINE_DEMO)
    uses.push([settings.SYNCLINE_DEMO_PORT, { part: 'the demo source', variable: 'SYNCLINE_DEMO_PORT' }])
  // a killed start that is still ending holds its ports for a moment: each is waited for
  await Promise.all(uses.map(([port, use]) => usablePort(port, use)))
}

/** As given, once it is known to be well-formed: it is the API and the worker that read it. */
function encryptionKeys(environment: NodeJS.ProcessEnv): string | undefined {
  if (!environment['SYNCLINE_ENCRYPTION_KEYS']) return undefined
  readConfig(['SYNCLINE_ENCRYPTION_KEYS'], environment)
  return environment['SYNCLINE_ENCRYPTION_KEYS']
}

/** What the secret managers in use are told by, and what their SDKs look for. The children see no other credential of this shell's. */
function secretManagerVariables(stores: readonly string[], environment: NodeJS.ProcessEnv): string[] {
  return (['vault', 'aws', 'azure'] as const)
    .filter((store) => stores.includes(store))
    .flatMap((store) => [
      ...managerVariables[store],
      ...Object.keys(environment).filter((name) => ofTheSdks[store]?.test(name)),
    ])
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
}
