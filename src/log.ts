import { type DestinationStream, type Logger, pino } from 'pino'
import { logError } from './log-error.ts'

export type { Logger }

export interface LoggerOptions {
  level: 'debug' | 'info' | 'warn' | 'error'
  /** Standard output unless given. */
  destination?: DestinationStream
}

/** Fields that can hold a secret, whoever logs them. */
export const secretFields = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'setCookie',
  'session',
  'connectionParams',
  'headers',
  'rawHeaders',
  'credentials',
  'databaseUrl',
  'encryptionKeys',
  'keyRing',
  'key',
  'ownerKey',
  'privateKey',
  'password',
  'passphrase',
  'secret',
  'secretId',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'clientSecret',
  'apiKey',
  'x-vault-token',
]

// pino's wildcards stand for one level each: the field itself, and below one, two and three levels.
const redacted = secretFields.flatMap((field) => ['', '*', '*.*', '*.*.*'].map((above) => `${above}["${field}"]`))

/** A JSON logger. Errors go under `err` (Temporal's SDK has them under `error`); fields that can hold a secret are blanked down to the fourth level. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: logError, error: logError },
    redact: { paths: redacted, censor: '[redacted]' },
  }
  // written at once: pino would keep what it writes later until the end, and then try for ever where nobody reads any more
  return pino(options, destination ?? pino.destination({ sync: true }))
}
