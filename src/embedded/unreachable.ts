interface Failure {
  code?: unknown
  message?: unknown
  errors?: unknown[]
}

/** Why DATABASE_URL cannot be used, in one line, without its password. */
export function databaseFailure(url: string, error: unknown): string {
  const { host, pathname } = new URL(url)
  return `DATABASE_URL: PostgreSQL at ${host}${pathname} cannot be used (${reasonOf(error)}). Check that it runs and that the URL is right.`
}

/** Why TEMPORAL_ADDRESS cannot be used, in one line. */
export function temporalFailure(address: string, namespace: string, error: unknown): string {
  return (
    `TEMPORAL_ADDRESS: the Temporal server at ${address}, namespace ${namespace}, cannot be used (${reasonOf(error)}). ` +
    'Check that it runs, and TEMPORAL_NAMESPACE.'
  )
}

// A name with several addresses fails with an AggregateError whose own message is empty.
function reasonOf(error: unknown): string {
  const { code, message, errors } = error as Failure // read defensively: anything can be thrown
  if (Array.isArray(errors) && errors.length > 0 && !message) return reasonOf(errors[0])
  const text = String(message || code || error)
  return text.split('\n')[0] ?? text
}
