import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Answer, type ApiOptions, answerApi, problem } from './api.ts'
import { answerControl, type ControlOptions } from './control.ts'

export interface ServeOptions extends ApiOptions, ControlOptions {
  apiKey: string | undefined
  control: boolean
}

/** The HTTP face of the demo source; it listens on nothing yet. */
export function createHttpServer(options: ServeOptions): Server {
  return createServer((request, response) => {
    void respond(request, response, options).catch(() => response.destroy())
  })
}

async function respond(request: IncomingMessage, response: ServerResponse, options: ServeOptions): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://demo.invalid')
  const [room, ...path] = url.pathname.split('/').filter((part) => part !== '')
  if (room === 'control' && options.control) {
    send(response, await answerControl(path.join('/'), request, options), options.now())
    return
  }
  const { latencyMs, html, refuse, hang } = options.switches()
  if (hang) return
  if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs))
  if (html) {
    send(
      response,
      { status: 200, body: '<!doctype html><title>Sign in</title>' },
      options.now(),
      'text/html; charset=utf-8',
    )
    return
  }
  const refused =
    refuse || (options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`)
  send(response, refused ? problem(401, 'Not signed in.') : answer(request, room, path, url, options), options.now())
}

function answer(
  request: IncomingMessage,
  room: string | undefined,
  path: string[],
  url: URL,
  options: ServeOptions,
): Answer {
  const [version, ...rest] = path
  if (room !== 'api' || version !== 'v1') return problem(404, 'There is nothing here.')
  return request.method === 'GET' ? answerApi(rest, url.searchParams, options) : problem(405, 'Only GET.')
}

function send(response: ServerResponse, { status, body }: Answer, now: number, type = 'application/json'): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    // the source's clock, not this machine's: they differ where a test sets it
    date: new Date(now).toUTCString(),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  })
  response.end(body)
}
