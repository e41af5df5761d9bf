/** Events above `after` are no longer kept: a replay from there would have a gap. */
export class EventsExpired extends Error {
  /** Null: none is stored. */
  readonly firstSequence: bigint | null

  constructor(after: bigint, firstSequence: bigint | null) {
    super(
      `Events after ${after} are no longer kept${firstSequence === null ? '' : `: the oldest stored one is ${firstSequence}`}. ` +
        'Read the current state, then subscribe without "after".',
    )
    this.name = 'EventsExpired'
    this.firstSequence = firstSequence
  }
}

/** The process is stopping: the reader resumes elsewhere from the last sequence it received. */
export class EventsInterrupted extends Error {
  constructor() {
    super('This server is stopping. Subscribe again with "after" set to the last sequence received.')
    this.name = 'EventsInterrupted'
  }
}
