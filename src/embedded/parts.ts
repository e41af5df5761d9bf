/** Something that runs beside this process, or in it, until it is stopped. */
export interface Part {
  stop(): Promise<void>
  /** Settles when it has ended, wanted or not, with how. Absent: it cannot end by itself. */
  ended?: Promise<string>
  /** Absent: it runs in this process. */
  pid?: number
}

export interface Parts {
  /** Takes a part in. Once stopping has begun it is stopped at once. */
  add<P extends Part>(name: string, part: P): Promise<P>
  /** Stops all, the newest first. */
  stop(): Promise<void>
}

export interface PartsOptions {
  /** Told of each process that is taken in. */
  onProcess(pid: number): void
  /** Told of each part that ends without having been asked to. */
  onCrash(name: string, how: string): void
}

/** The parts of one start. */
export function createParts({ onProcess, onCrash }: PartsOptions): Parts {
  const running: Part[] = []
  let stopping: Promise<void> | undefined
  const stopAll = async () => {
    for (let part = running.pop(); part; part = running.pop()) await part.stop()
  }
  return {
    async add(name, part) {
      running.push(part)
      if (part.pid) onProcess(part.pid)
      void part.ended?.then((how) => {
        if (!stopping) onCrash(name, how)
      })
      if (stopping) await stopAll()
      return part
    },
    stop: () => (stopping ??= stopAll()),
  }
}
