import { resolve } from 'node:path'
import { readConfig, StartError, type Variable } from '../config.ts'
import { freeWithin } from './ports.ts'

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
const handedOn = ['SECRET_STORE', 'SYNCLINE_ALLOWED_SOURCE_HOSTS', 'SYNCLINE_GRAPHIQL', 'SYNCLINE_LOG_LEVEL'] as const

/** What a Node process may need of the machine. */
const ofTheMachine = ['PATH', 'HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS']

export function readSettings(environment: NodeJS.ProcessEnv) {
  const { SYNCLINE_DATA_DIR, ...settings } = readConfig([...always, ...handedOn], environment)
  const isGiven = (name: Variable) => Boolean(environment[name])
  return {
    ...settings,
    dataDir: resolve(SYNCLINE_DATA_DIR),
    searchPath: environment['PATH'] ?? '',
    databaseUrl: isGiven('DATABASE_URL') ? readConfig(['DATABASE_URL'], environment).DATABASE_URL : undefined,
    temporalAddress: isGiven('TEMPORAL_ADDRESS') ? readConfig(['TEMPORAL_ADDRESS'], environment).TEMPORAL_ADDRESS : undefined,
    encryptionKeys: encryptionKeys(environment),
    childEnvironment: pick(environment, [...ofTheMachine, ...handedOn]),
  }
}

/** Fails at once where a part could not listen later. */
export async function checkPorts(settings: Settings) {
  const { PORT, HOST } = settings
  const free = await freeWithin(PORT, 2_000, HOST).catch((cause: Error) => {
    throw new StartError(`PORT, HOST: the API cannot listen on ${HOST}, port ${PORT} (${cause.message}).`, { cause })
  })
  if (!free) {
    throw new StartError(`PORT: port ${PORT} on ${HOST} is taken, so the API cannot listen there. Set PORT to another port, or to 0 for any free one.`)
  }
}

/** As given, once it is known to be well-formed: it is the API and the worker that read it. */
function encryptionKeys(environment: NodeJS.ProcessEnv): string | undefined {
  if (!environment['SYNCLINE_ENCRYPTION_KEYS']) return undefined
  readConfig(['SYNCLINE_ENCRYPTION_KEYS'], environment)
  return environment['SYNCLINE_ENCRYPTION_KEYS']
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
}
