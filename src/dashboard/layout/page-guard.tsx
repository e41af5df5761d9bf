import { Component, type ReactNode } from 'react'
import { NotShown } from '../ui/not-shown.tsx'

/** A fault in one page leaves the rest usable. */
export class PageGuard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    return this.state.failed ? <NotShown heading={1}>Something in it has failed.</NotShown> : this.props.children
  }
}
