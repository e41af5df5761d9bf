import type { Socket } from 'node:net'

export interface SlowReaderLimits {
  /** A reader that takes nothing for this long, though something waits for it, is closed. */
  stalledMs: number
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

interface Progress {
  flushed: number
  unsent: number
  /** Looks in succession that saw none. */
  still: number
}

/** By looks, not by the clock: a process that was too busy to write for as long has not seen what the reader took. */
const looksPerStall = 5

/**
 * Closes readers that do not drain. A stream sends its next message only when the last one left the process, so what waits for a slow reader is
 * little: that it does not shrink is the sign. However large a message, and however slow the line, a reader that takes some of it is let be.
 */
export function watchSlowReaders({ stalledMs }: SlowReaderLimits): SlowReaders {
  const watched = new Map<Reader, Progress>()

  function look() {
    for (const [reader, progress] of watched) {
      const flushed = reader.socket.bytesWritten - reader.socket.writableLength
      const unsent = unsentOf(reader.socket)
      if (reader.waiting() === 0 || flushed > progress.flushed || unsent !== progress.unsent) {
        Object.assign(progress, { flushed, unsent, still: 0 })
        continue
      }
      progress.still += 1
      if (progress.still < looksPerStall) continue
      watched.delete(reader)
      reader.close()
    }
  }

  const timer = setInterval(look, stalledMs / looksPerStall)
  return {
    watch(reader) {
      watched.set(reader, { flushed: 0, unsent: 0, still: 0 })
      return () => watched.delete(reader)
    },
    stop: () => clearInterval(timer),
  }
}

/** What the kernel has not taken yet of the write under way. In the socket's own figures a write waits whole until its last byte is taken. */
function unsentOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { writeQueueSize?: number } | null } // by which Node's own time-outs go
  return handle?.writeQueueSize ?? 0
}
