import type pg from 'pg'
import { Counter, type Registry } from 'prom-client'
import type { Authenticate } from '../auth/authenticate.ts'
import { AuthenticationError } from '../auth/errors.ts'
import { createRate } from '../auth/rate.ts'
import type { Logger } from '../log.ts'
import { insertAudit } from '../store/audit.ts'

const oncePerMinute = { burst: 1, everyMs: 60_000, keys: 10_000 }

/**
 * Leaves a trace of credentials that are refused: each is counted by its reason, and one that was given out here is in the log and in its
 * environment's audit log, once a minute.
 */
export function createRefusals({ pool, registry, log }: { pool: pg.Pool; registry: Registry; log: Logger }) {
  const refused = new Counter({
    name: 'syncline_refused_credentials_total',
    help: 'Requests that were not let in, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  })
  const rate = createRate(oncePerMinute)

  function note({ failure, credential }: AuthenticationError, ip: string | null) {
    refused.inc({ reason: failure })
    if (!credential || rate.take(`${credential.id} ${failure}`) > 0) return
    const { kind, id, environmentId } = credential
    log.warn({ kind, id, reason: failure, ip }, 'a key or token that is no longer good, or not here, was refused')
    insertAudit(pool, { environmentId, actor: id, action: 'AUTHENTICATE', target: null, outcome: failure, ip }).catch(
      (err: unknown) => log.warn({ err }, 'a refused credential could not be noted'),
    )
  }

  return {
    noted:
      (authenticate: Authenticate): Authenticate =>
      async (presented) => {
        try {
          return await authenticate(presented)
        } catch (error) {
          if (error instanceof AuthenticationError) note(error, presented.ip)
          throw error
        }
      },
  }
}
