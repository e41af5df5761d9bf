import { type ComponentType, type ReactNode, useEffect, useState } from 'react'
import { NotShown, type NotShownProps } from './not-shown.tsx'
import { Lines } from './states.tsx'

export interface LaterOptions extends Pick<NotShownProps, 'heading'> {
  /** What is shown meanwhile. */
  loading?: ReactNode
}

const retryMs = 5_000

/**
 * A component whose script is loaded when it is first shown. What could not be loaded says so and is tried again: `lazy` would keep the failure for as
 * long as the dashboard is open.
 */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  { heading, loading = <Lines /> }: LaterOptions,
): ComponentType<P> {
  let loaded: ComponentType<P> | null = null

  return function Later(props: P) {
    const [Loaded, setLoaded] = useState(() => loaded)
    const [failed, setFailed] = useState(false)

    useEffect(() => {
      if (Loaded) return undefined
      let left = false
      let retrying: ReturnType<typeof setTimeout> | undefined
      async function attempt() {
        try {
          loaded = await load()
          if (!left) setLoaded(() => loaded)
        } catch {
          if (left) return
          setFailed(true)
          retrying = setTimeout(() => void attempt(), retryMs)
        }
      }
      void attempt()
      return () => {
        left = true
        clearTimeout(retrying)
      }
    }, [Loaded])

    if (Loaded) return <Loaded {...props} />
    if (!failed) return loading
    return (
      <NotShown heading={heading}>
        Syncline does not answer, and is asked again every few seconds; or it was upgraded since you opened the
        dashboard. Where it does not come by itself, load the page anew: some browsers do not ask again.
      </NotShown>
    )
  }
}
