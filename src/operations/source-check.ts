import type { Connector } from '../connectors/contract.ts'
import { AccessDenied, ConfigurationInvalid, CredentialsRejected, SourceError } from '../connectors/errors.ts'
import type { SyncedEntity } from '../model/entities.ts'
import type { OperationDeps } from './deps.ts'
import { SourceAuthError, SourceUnreachableError, ValidationError } from './errors.ts'

const checkTimeoutMs = 30_000

/** Asks the source what it serves with these credentials, before anything is stored. */
export async function checkSource(
  deps: OperationDeps,
  input: { connector: Connector; config: unknown; credentials: unknown },
): Promise<SyncedEntity[]> {
  const { source, close } = deps.openSource({
    system: input.connector.key,
    config: input.config,
    credentials: input.credentials,
  })
  const signal = AbortSignal.timeout(checkTimeoutMs)
  try {
    return await source.check(signal)
  } catch (error) {
    throw translate(error, signal)
  } finally {
    await close()
  }
}

function translate(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof CredentialsRejected || error instanceof AccessDenied) {
    return new SourceAuthError(error.message, ['credentials'], error)
  }
  if (error instanceof ConfigurationInvalid) return new ValidationError(error.message, ['config', ...error.path], error)
  if (error instanceof SourceError) return new SourceUnreachableError(error.message, ['config'], error)
  if (signal.aborted) {
    return new SourceUnreachableError(
      `The source did not finish answering within ${checkTimeoutMs / 1000} seconds. Check the address, and that it is reachable from here.`,
      ['config'],
      error,
    )
  }
  return error
}
