import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/** What a list is narrowed to, kept in the page's address. Changing it goes back to the first page. */
export function useNarrowing<N extends string>(names: readonly N[]) {
  const [parameters, setParameters] = useSearchParams()
  // all changes at once: the router merges no two of them that come before it has drawn again
  const narrow = useCallback(
    (changes: Partial<Record<N, string | null>>) =>
      setParameters(
        (before) => {
          const next = new URLSearchParams(before)
          next.delete('after')
          next.delete('before')
          for (const [name, value] of Object.entries<string | null | undefined>(changes)) {
            if (value) next.set(name, value)
            else next.delete(name)
          }
          return next
        },
        { replace: true },
      ),
    [setParameters],
  )
  const values = Object.fromEntries(names.map((name) => [name, parameters.get(name)])) as Record<N, string | null> // of all names
  return { values, narrow }
}
