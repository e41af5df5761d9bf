export interface ClosingFacts {
  apiUrl: string
  temporalUiUrl: string | undefined
  /** Where the owner's key can be read; null when it was given. */
  ownerKeyFile: string | null
  dataDir: string
  logs: string
}

/** What the terminal shows once everything runs. It names the place of the owner's key, never the key. */
export function closingLines({ apiUrl, temporalUiUrl, ownerKeyFile, dataDir, logs }: ClosingFacts): string {
  const endpoint = new URL('/graphql', apiUrl).href
  const key = ownerKeyFile === null ? '$SYNCLINE_OWNER_KEY' : `$(cat ${shellWord(ownerKeyFile)})`
  const query =
    '{ connections(first: 5) { edges { node { name status entities { entity recordCount lastSuccessfulSyncAt } } } } }'
  const rows = [
    ['Dashboard', apiUrl],
    ['API', endpoint],
    ['Temporal UI', temporalUiUrl],
    ['Owner key', ownerKeyFile ?? 'as given in SYNCLINE_OWNER_KEY'],
    ['Data, logs', `${dataDir}, ${logs}`],
  ].flatMap(([label, value]) => (value ? [`  ${label?.padEnd(13)}${value}`] : []))
  return [
    '',
    'Syncline is ready.',
    '',
    ...rows,
    '',
    'Ask it something, in another terminal:',
    '',
    `curl -s ${shellWord(endpoint)} -H "authorization: Bearer ${key}" -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`,
    '',
    'Ctrl-C stops all of it; the data stays.',
    '',
  ].join('\n')
}

const shellWord = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
