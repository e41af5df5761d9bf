/** The start of the step of a source's stamps that a moment lies in: whoever asks from there misses nothing of that step. */
export function floorTo(moment: Date, precisionMs: number): Date {
  return new Date(Math.floor(moment.getTime() / precisionMs) * precisionMs)
}

/** A stamp later than this is later than the moment, however the source has rounded it. */
export function surelyAfter(moment: Date, precisionMs: number): Date {
  return new Date(moment.getTime() + precisionMs)
}
