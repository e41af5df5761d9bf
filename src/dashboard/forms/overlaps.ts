const hour = { value: 'PT1H', label: '1 hour' }
const day = { value: 'P1D', label: '1 day' }

/** For how long the secrets before a rotation go on working. */
export const overlaps = [
  { value: 'PT0S', label: 'None: the old one stops now' },
  hour,
  day,
  { value: 'P7D', label: '7 days' },
  { value: 'P30D', label: '30 days' },
]

/** The same where it rotates by itself: there has to be one, and it ends before the next. */
export const overlapsBySchedule = [{ value: 'PT15M', label: '15 minutes' }, hour, day]
