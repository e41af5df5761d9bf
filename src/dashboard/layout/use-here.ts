import { useParams } from 'react-router'

/** The environment that the address names, and addresses below it. */
export function useHere() {
  const { environment = '' } = useParams()
  return { environment, at: (path: string) => `/${environment}/${path}` }
}
