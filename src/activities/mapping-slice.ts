import { setImmediate as letOthersGo } from 'node:timers/promises'

const sliceMs = 5

/** How long mapping keeps the event loop for itself: other connections' pages and every heartbeat go through between. */
export function createSlice() {
  let ends = performance.now() + sliceMs
  return {
    isOver: () => performance.now() > ends,
    async giveWay() {
      await letOthersGo()
      ends = performance.now() + sliceMs
    },
  }
}
