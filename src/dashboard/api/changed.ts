const otherWindows = new BroadcastChannel('syncline-changed')
const listeners = new Set<() => void>()

const tellThisWindow = () => {
  for (const listener of listeners) listener()
}
otherWindows.addEventListener('message', tellThisWindow)

/** Something was changed from here. Not all of it has an event: the windows of this browser read anew. */
export function tellChanged() {
  tellThisWindow()
  otherWindows.postMessage(null)
}

export function onChanged(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
