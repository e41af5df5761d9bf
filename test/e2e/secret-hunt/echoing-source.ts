import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLocalServer } from '../../connectors/http/local-server.ts'

/** What the source does next. Whatever it answers, it repeats the credentials that it was asked with. */
export type Mood = 'WELL' | 'REFUSING' | 'DENYING' | 'FAILING' | 'BABBLING' | 'REDIRECTING' | 'THROTTLING' | 'BREAKING'

const metadata = `<Edmx Version="4.0"><DataServices><Schema Namespace="x">
  <EntityType Name="V"><Key><PropertyRef Name="ID"/></Key>
    <Property Name="ID" Type="Edm.String"/><Property Name="name" Type="Edm.String"/>
    <Property Name="at" Type="Edm.DateTimeOffset" Nullable="false"/></EntityType>
  <EntityContainer Name="c"><EntitySet Name="Vendors" EntityType="x.V"/></EntityContainer>
</Schema></DataServices></Edmx>`

const value = [
  { ID: 'a', name: 'A', at: '2026-01-01T00:00:00Z' },
  { ID: 'b', name: { not: 'text' }, at: '2026-01-02T00:00:00Z' }, // rejected
]

/** An OData service with two vendors. */
export async function startEchoingSource() {
  let mood: Mood = 'WELL'
  const server = await startLocalServer((request, response) => answers[mood](request, response, echo(request)))
  const stopped = () => server.close()
  return {
    url: `${server.origin}/service/`,
    be: (next: Mood) => {
      mood = next
    },
    stop: stopped,
  }
}

/** The header as it came, and as it is decoded. */
function echo({ headers: { authorization = '' } }: IncomingMessage): string {
  const [, coded = ''] = authorization.split(' ')
  return `${authorization} ${Buffer.from(coded, 'base64')
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]/g, '')}`
}

const answers: Record<Mood, (request: IncomingMessage, response: ServerResponse, said: string) => void> = {
  WELL({ url = '' }, response, said) {
    const isMetadata = url.includes('$metadata')
    response.writeHead(200, { 'content-type': isMetadata ? 'application/xml' : 'application/json', 'x-echo': said })
    // behind a record there is none
    const records = /\bgt\b/.test(decodeURIComponent(url).replaceAll('+', ' ')) ? [] : value
    const page = { '@odata.context': said, '@odata.count': value.length, value: records }
    response.end(isMetadata ? metadata : JSON.stringify(page))
  },
  REFUSING: saying(401),
  DENYING: saying(403),
  FAILING: saying(500),
  THROTTLING: saying(429),
  BABBLING: saying(200),
  REDIRECTING(_request, response, said) {
    response.writeHead(302, { location: `http://127.0.0.2:9/?${encodeURIComponent(said)}` }).end(said)
  },
  BREAKING({ socket }, _response, said) {
    socket.end(`HTTP/1.1 2x0 ${said}\r\n${said}\r\n\r\n`)
  },
}

function saying(status: number) {
  return (_request: IncomingMessage, response: ServerResponse, said: string) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'www-authenticate': `Basic realm="${said.replaceAll('"', '')}"`,
      'retry-after': said,
      'x-echo': said,
    })
    response.end(JSON.stringify({ error: { code: said, message: said, innererror: { stack: said } } }))
  }
}
