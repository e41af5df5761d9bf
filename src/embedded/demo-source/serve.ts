import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type ApiOptions, answerApi, problem } from './api.ts'
import { answerControl, type ControlOptions } from './control.ts'
import { type createFaults, nothing } from './faults.ts'
import { send } from './send.ts'

export interface ServeOptions extends ApiOptions, ControlOptions {
  apiKey: string | undefined
  control: boolean
  faults: ReturnType<typeof createFaults>
  /** Told of each answer of the API when it begins, and of a request that gets none when it comes. */
  onAnswer(path: string, status: number | null): void
}

/** The HTTP face of the demo source; it listens on nothing yet. */
export function createHttpServer(options: ServeOptions): Server {
  return createServer((request, response) => {
    void respond(request, response, options).catch(() => response.destroy())
  })
}

async function respond(request: IncomingMessage, response: ServerResponse, options: ServeOptions): Promise<void> {
  const path = request.url ?? '/'
  const url = new URL(path, 'http://demo.invalid')
  const parts = url.pathname.split('/').filter((part) => part !== '')
  if (parts[0] === 'control' && options.control) {
    return send(response, await answerControl(parts.slice(1).join('/'), request, options), { now: options.now() })
  }
  const { latencyMs, html, hang, slow } = options.switches()
  if (hang) return options.onAnswer(path, null)
  if (latencyMs > 0) await pause(latencyMs)
  const fault = options.faults.next()
  const answer = fault && 'answer' in fault ? fault.answer : html ? webPage : answerOf(request, parts, url, options)
  options.onAnswer(path, answer.status)
  await send(response, answer, {
    now: options.now(),
    type: answer === webPage ? 'text/html; charset=utf-8' : 'application/json',
    trickle: slow,
    cutOff: fault !== null && 'cutOff' in fault,
  })
}

const webPage: Answer = { status: 200, body: '<!doctype html><title>Sign in</title>' }

function answerOf(request: IncomingMessage, [room, version, ...rest]: string[], url: URL, options: ServeOptions) {
  const { refuse, badKeyEmpty, forbidden } = options.switches()
  const { apiKey } = options
  if (refuse || (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`)) {
    if (!badKeyEmpty) return problem(401, 'Not signed in.')
    if (rest[0] !== 'clock') return nothing(rest[1])
  }
  if (forbidden !== '' && rest[0] === forbidden) return problem(403, 'Not for this user.')
  if (room !== 'api' || version !== 'v1') return problem(404, 'There is nothing here.')
  return request.method === 'GET' ? answerApi(rest, url.searchParams, options) : problem(405, 'Only GET.')
}
