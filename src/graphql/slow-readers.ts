import type { Socket } from 'node:net'

export interface SlowReaderLimits {
  /** A reader that takes nothing for this long, though something waits for it, is closed. */
  stalledMs: number
  /** So is one for which more than this waits. */
  bufferedBytes: number
}

export interface Reader {
  socket: Socket
  /** Bytes that wait for it in this process. */
  waiting: () => number
  close: () => void
}

export interface SlowReaders {
  /** Until the answer is called, or the reader is closed. */
  watch(reader: Reader): () => void
  stop(): void
}

/**
 * Closes readers that do not drain. A stream sends its next message only when the last one left the process, so what waits for a slow reader is
 * little: that it does not shrink is the sign.
 */
export function watchSlowReaders({ stalledMs, bufferedBytes }: SlowReaderLimits): SlowReaders {
  const watched = new Map<Reader, { flushed: number; since: number }>()

  function look() {
    const now = performance.now()
    for (const [reader, progress] of watched) {
      const flushed = reader.socket.bytesWritten - reader.socket.writableLength
      const waiting = reader.waiting()
      if (waiting === 0 || flushed > progress.flushed) {
        progress.flushed = flushed
        progress.since = now
      }
      if (now - progress.since < stalledMs && waiting <= bufferedBytes) continue
      watched.delete(reader)
      reader.close()
    }
  }

  const timer = setInterval(look, Math.min(stalledMs / 2, 1_000))
  return {
    watch(reader) {
      watched.set(reader, { flushed: 0, since: performance.now() })
      return () => watched.delete(reader)
    },
    stop: () => clearInterval(timer),
  }
}
