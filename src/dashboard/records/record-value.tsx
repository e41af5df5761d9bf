import { labelOf } from '../forms/json-schema.ts'
import classes from './record.module.css'

/** Any value of a record. What is null or empty is left out: a record has many fields that its source does not fill. */
export function RecordValue({ value }: { value: unknown }) {
  if (Array.isArray(value))
    return (
      <ol className={classes['list']}>
        {value.map((each, place) => (
          // oxlint-disable-next-line react/no-array-index-key -- the order is all that tells lines apart
          <li key={place}>
            <RecordValue value={each} />
          </li>
        ))}
      </ol>
    )
  if (typeof value !== 'object' || value === null) return <span>{asText(value)}</span>
  const short = inShort(value)
  if (short !== null) return <span className="numbers">{short}</span>
  return (
    <dl className={classes['fields']}>
      {Object.entries(value)
        .filter(([name, each]) => name !== '__typename' && !isEmpty(each))
        .toSorted(byWeight)
        .map(([name, each]) => (
          <div key={name} data-nested={isNested(each) || undefined}>
            <dt>{labelOf(name)}</dt>
            <dd>
              <RecordValue value={each} />
            </dd>
          </div>
        ))}
    </dl>
  )
}

const first = ['number', 'displayName', 'externalId', 'status', 'statusRaw', 'title', 'description']

/** What names a record comes first, what holds much comes last. */
function byWeight([a, valueOfA]: [string, unknown], [b, valueOfB]: [string, unknown]): number {
  const nested = Number(isNested(valueOfA)) - Number(isNested(valueOfB))
  const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length)
  return nested || place(a) - place(b)
}

const isNested = (value: unknown) => typeof value === 'object' && value !== null && inShort(value) === null

/** An amount, a quantity or another record in one line; null for anything else. */
function inShort(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  if ('amount' in value && 'currency' in value) return `${asText(value.amount)} ${asText(value.currency)}`.trim()
  if ('value' in value && 'uom' in value) return `${asText(value.value)} ${asText(value.uom)}`.trim()
  return 'displayName' in value && Object.keys(value).length <= 3 ? asText(value.displayName) : null
}

const isEmpty = (value: unknown) => value == null || (Array.isArray(value) && value.length === 0)

function asText(value: unknown): string {
  if (value == null) return ''
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number)
}
