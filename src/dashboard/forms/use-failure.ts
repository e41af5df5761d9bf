import { useState } from 'react'
import type { Failure } from '../api/use-operation.ts'

/** What a form says of itself: the last refusal of the API, or, once it was tried, what keeps it from being sent, for as long as it does. */
export function useFailure(held: Failure | null) {
  const [refused, setRefused] = useState<Failure | null>(null)
  const [tried, setTried] = useState(false)
  return {
    failure: (tried ? held : null) ?? refused,
    setFailure: setRefused,
    /** Whether it must not be sent; asked when somebody tries. */
    holds() {
      setTried(true)
      return held !== null
    },
  }
}
