// only a stamp has this form: a date has no time, and a text has more around it
const zoneless = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)"/g

/** A record's text with the stamps that come without an offset in UTC. */
export function toUtc(text: string, utcOffset: string): string {
  return text.replace(zoneless, (all, stamp: string) => {
    const ms = Date.parse(stamp + utcOffset)
    return Number.isNaN(ms) ? all : `"${new Date(ms).toISOString()}"`
  })
}

/** A moment as a source writes it whose stamps have no offset. */
export function toZoneless(moment: Date, utcOffset: string): string {
  const aheadMs = moment.getTime() - Date.parse(moment.toISOString().slice(0, -1) + utcOffset)
  return new Date(moment.getTime() + aheadMs).toISOString().slice(0, -1)
}
