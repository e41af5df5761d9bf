import { isTransient } from './errors.ts'

const prismaUnreachable = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024'])

/** Whether PostgreSQL could not be reached, as pg or Prisma says it. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isTransient(error)) return true
  if ('code' in error && prismaUnreachable.has(String(error.code))) return true
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true
  return error.cause !== undefined && isUnavailable(error.cause)
}
