/** Answers tell the second; less than this is no fault of the clock. */
const toleratedMs = 2_000

let behindMs = 0

/** As an answer's Date header tells it. */
export function noteServerTime(date: string | null) {
  const difference = date === null ? Number.NaN : Date.parse(date) - Date.now()
  if (!Number.isNaN(difference)) behindMs = Math.abs(difference) > toleratedMs ? difference : 0
}

/** Of the server: events and ages are measured by its clock, which this computer's may be far off. */
export const serverNow = () => Date.now() + behindMs
