/** What is written of an error. PostgreSQL's `detail`, `where`, `query` and `parameters`, and whatever else libraries attach, can hold record data. */
export interface LoggedError {
  type: string
  message: string
  code?: string | number
  stack?: string
  cause?: LoggedError
}

const deepest = 8

export function logError(error: unknown): LoggedError {
  return written(error, deepest)
}

function written(error: unknown, levels: number): LoggedError {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: typeof error === 'string' ? error : 'what was thrown is not an error' }
  }
  const { message, stack } = error
  // several addresses were tried: the first failure stands for all, as the error itself says nothing
  const cause = error instanceof AggregateError ? (error.cause ?? error.errors[0]) : error.cause
  const code = 'code' in error ? error.code : undefined
  return {
    type: error.constructor.name === 'Error' ? error.name : error.constructor.name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || levels <= 1 ? {} : { cause: written(cause, levels - 1) }),
  }
}
