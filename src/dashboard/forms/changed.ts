/** What an input that changes part of something is given: nothing where it was left as it was, so that what others have changed meanwhile stays. */
export const changed = <T>(now: T, before: T): T | undefined =>
  JSON.stringify(now) === JSON.stringify(before) ? undefined : now
