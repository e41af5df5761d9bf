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

/** Nothing was ever numbered so: taken from another connection, or the database has been set back since. */
export class SequenceUnknown extends Error {
  constructor(after: bigint, last: bigint) {
    super(
      `"after" is ${after}, but the events of this connection are numbered from 1 to ${last}. Take it from an event of this connection. If it was, the ` +
        'database has been restored to an earlier moment: read the current state, then subscribe without "after".',
    )
    this.name = 'SequenceUnknown'
  }
}

/** No change of this feed was ever numbered so: taken from another feed, or the database has been set back since. */
export class ChangeUnknown extends Error {
  constructor() {
    super(
      'The cursor lies beyond the newest change of this feed. Pass an endCursor of the same connection and entity. If it is one, the database has been ' +
        'restored to an earlier moment since: read everything again, from null.',
    )
    this.name = 'ChangeUnknown'
  }
}

/** PostgreSQL knows less than it did: a standby that lagged has taken over, or a backup was restored. */
export class HistoryTakenBack extends Error {
  constructor() {
    super(
      'The database has been set back to an earlier moment, so what was last told here may have been taken back. Read the current state, then subscribe ' +
        'without "after".',
    )
    this.name = 'HistoryTakenBack'
  }
}

/** The process is stopping: the reader resumes elsewhere from the last sequence it received. Or the message says what happened. */
export class EventsInterrupted extends Error {
  constructor(message = 'This server is stopping. Subscribe again with "after" set to the last sequence received.') {
    super(message)
    this.name = 'EventsInterrupted'
  }
}
