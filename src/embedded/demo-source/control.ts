import type { IncomingMessage } from 'node:http'
import { type Answer, json, problem } from './api.ts'
import type { Records } from './records.ts'
import type { Switches } from './switches.ts'

export interface ControlOptions {
  collections: ReadonlyMap<string, Records>
  switches(): Switches
  setSwitches(given: Readonly<Record<string, unknown>>): Switches
}

const MOST_BYTES = 16 * 1024 * 1024
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/** /control/…: changes the source while it runs, from the same machine only. */
export async function answerControl(
  action: string,
  request: IncomingMessage,
  options: ControlOptions,
): Promise<Answer> {
  if (!LOOPBACK.has(request.socket.remoteAddress ?? '')) return problem(403, 'Only from the same machine.')
  if (action === 'switches' && request.method === 'GET') return json(options.switches())
  // a page in a browser cannot send this type to another origin without asking first
  if (request.headers['content-type'] !== 'application/json') return problem(415, 'Send application/json.')
  try {
    const body = await readObject(request)
    if (action === 'switches' && request.method === 'PUT') return json(options.setSwitches(body))
    if (request.method !== 'POST') return problem(405, 'Not by this method.')
    return change(action, body, options)
  } catch (error) {
    if (error instanceof TypeError) return problem(400, error.message)
    throw error
  }
}

function change(action: string, body: Readonly<Record<string, unknown>>, { collections }: ControlOptions): Answer {
  const records = collections.get(String(body['collection']))
  if (!records) throw new TypeError(`collection is none of ${[...collections.keys()].join(', ')}.`)
  switch (action) {
    case 'touch':
      return json({
        touched: records.touch(body['keys'] === undefined ? records.sample(count(body)) : keys(body)),
      })
    case 'delete':
      return json({ deleted: records.remove(keys(body)) })
    case 'insert':
      return json({ keys: records.insert(count(body)) })
    default:
      return problem(404, 'There is nothing here.')
  }
}

function keys(body: Readonly<Record<string, unknown>>): string[] {
  const given = body['keys']
  if (!Array.isArray(given) || !given.every((key) => typeof key === 'string'))
    throw new TypeError('keys is not a list of keys.')
  return given
}

function count(body: Readonly<Record<string, unknown>>): number {
  const given = body['count'] ?? 1
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 1 || given > 1_000_000) {
    throw new TypeError('count is not a whole number from 1 to 1000000.')
  }
  return given
}

async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let bytes = 0
  // no encoding is set: the chunks are buffers
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new TypeError('The body is too large.')
    chunks.push(chunk)
  }
  let body: unknown
  try {
    body = JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new TypeError('The body is not JSON.')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new TypeError('The body is not an object.')
  return { ...body }
}
