/** For how long the secrets before a rotation go on working. */
export const overlaps = [
  { value: 'PT0S', label: 'None: the old one stops now' },
  { value: 'PT1H', label: '1 hour' },
  { value: 'P1D', label: '1 day' },
  { value: 'P7D', label: '7 days' },
  { value: 'P30D', label: '30 days' },
]
