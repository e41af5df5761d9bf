import { useNavigate } from 'react-router'
import { useHere } from '../layout/use-here.ts'
import { arrivalOf, type Started } from './attached.ts'

/** From what was started to its page; whoever has left meanwhile is not fetched back. */
export function useStarted() {
  const go = useNavigate()
  const { at } = useHere()
  const from = location.pathname
  return (started: Started) => {
    if (location.pathname !== from) return
    void go(at(`runs/${encodeURIComponent(started.syncRun.id)}`), { state: arrivalOf(started) })
  }
}
