import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import { requirePrimary } from './primary.ts'

/** One process's way to PostgreSQL: a pool for the commit's own SQL, and Prisma for the rest. */
export interface Database {
  readonly url: string
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  /** Told of what went wrong where nobody waits for an answer. */
  readonly onError: (error: Error) => void
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  applicationName: string
  /** Connections of each of the two pools. */
  max: number
  onError: (error: Error) => void
}

const connectMs = 10_000

export function openDatabase({ url, applicationName, max, onError }: DatabaseOptions): Database {
  // lock_timeout bounds how long a commit may wait behind another; time-outs are transient and retried. The others end what a frozen or
  // unreachable process holds: its locks would block its entity, and a disconnect, without end
  const bounds = [
    'lock_timeout=5s',
    'idle_in_transaction_session_timeout=30s',
    'tcp_keepalives_idle=10',
    'tcp_keepalives_interval=5',
    'tcp_keepalives_count=3',
    'tcp_user_timeout=30s',
  ]
  const connection = {
    connectionString: url,
    max,
    application_name: applicationName,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    options: bounds.map((bound) => `-c ${bound}`).join(' '),
    onConnect: (client: pg.ClientBase) => requirePrimary(client, connectMs),
  }
  // a plan made while a partition was empty reads it whole, and once cached goes on to when it holds millions of rows
  const planned = '-c plan_cache_mode=force_custom_plan -c enable_seqscan=off'
  const pool = new pg.Pool({ ...connection, options: `${connection.options} ${planned}` })
  // an idle connection that PostgreSQL closes would otherwise end the process
  pool.on('error', onError)
  const prisma = new PrismaClient({ adapter: new PrismaPg(connection, { onPoolError: onError }) })
  return {
    url,
    pool,
    prisma,
    onError,
    async close() {
      await Promise.all([pool.end(), prisma.$disconnect()])
    },
  }
}
