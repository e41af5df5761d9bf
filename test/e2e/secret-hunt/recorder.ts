import type { Haystack } from './haystacks.ts'

export interface Asked {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Asks over HTTP and keeps every answer, headers and all; of one that shows a new secret, what is left when that is taken out once. */
export function createRecorder(apiUrl: string) {
  const answers: Haystack[] = []

  async function send(
    path: string,
    { method = 'POST', headers = {}, body }: Asked,
    reveals: (text: string) => string[],
  ) {
    const response = await fetch(`${apiUrl}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
    const text = await response.text()
    const rest = reveals(text).reduce((left, secret) => left.replace(secret, ''), text)
    answers.push({
      place: `answer of ${method} ${path.split('?')[0]}`,
      bytes: Buffer.from(`${rest} ${JSON.stringify([...response.headers])}`),
    })
    return text
  }

  return {
    answers,
    send: (path: string, asked: Asked) => send(path, asked, () => []),
    /** A GraphQL operation's data; `reveals` names the field whose value is shown this once. */
    async ask(credential: string, query: string, variables: Record<string, unknown> = {}, reveals?: 'token' | 'key') {
      const shown = (text: string) =>
        [...text.matchAll(new RegExp(`"${reveals}":"([^"]+)"`, 'g'))].map(([, it = '']) => it)
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${credential}` }
      const body = JSON.stringify({ query, variables })
      const text = await send('/graphql', { headers, body }, reveals ? shown : () => [])
      // oxlint-disable-next-line typescript/no-explicit-any -- whoever asks knows which fields it asked for
      return JSON.parse(text) as { data?: any; errors?: { message: string }[] }
    },
  }
}

export type Recorder = ReturnType<typeof createRecorder>
