import { type Readable, Transform, pipeline } from 'node:stream'
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzipSync,
} from 'node:zlib'
import { AnswerInvalid } from '../errors.ts'

/** Reads a body whole: decoded, bounded by the bytes it has after decoding. `onWire` hears the bytes as they arrive. */
export async function readBody(
  body: Readable,
  answer: { host: string; encoding: string | undefined; charset: string | undefined; maxBytes: number },
  onWire: (bytes: number) => void,
): Promise<string> {
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onWire(chunk.length)
      done(null, chunk)
    },
  })
  // a failing stage destroys the others; the failure itself reaches the loop below
  const stages = [body, counted, ...decoder(answer.encoding, answer.host)]
  const decoded = pipeline(stages, () => {}) as unknown as AsyncIterable<Buffer> // typed as writable only
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of decoded) {
    bytes += chunk.length
    if (bytes > answer.maxBytes) throw tooLarge(answer.host, answer.maxBytes)
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks, bytes), answer.charset)
}

const startBytes = 2_048

/** The first 2 KB of a body, as text; what follows stays unread. Never shown or kept. */
export async function readStart(body: Readable, encoding: string | undefined): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // leaving the loop early must not end the body: what is left of it is dumped, and its connection used again
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= startBytes) break
  }
  return unpackStart(Buffer.concat(chunks), encoding).subarray(0, startBytes).toString('latin1')
}

/** What can be had of a body that is cut off. */
function unpackStart(bytes: Buffer, encoding: string | undefined): Buffer {
  try {
    if (encoding === 'gzip') return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
    if (encoding === 'br') return brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH })
    return bytes
  } catch {
    return Buffer.alloc(0)
  }
}

function tooLarge(host: string, maxBytes: number) {
  return new AnswerInvalid(
    `${host} answered with more than ${Math.floor(maxBytes / 1_048_576)} MiB in one answer. Ask for smaller pages.`,
  )
}

function decoder(encoding: string | undefined, host: string): Transform[] {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
    case '':
      return []
    case 'gzip':
    case 'x-gzip':
      return [createGunzip()]
    case 'br':
      return [createBrotliDecompress()]
    case 'deflate':
      return [createInflate()]
    default:
      throw new AnswerInvalid(`${host} answered in a content encoding that was not asked for.`)
  }
}

function decodeText(bytes: Buffer, charset: string | undefined): string {
  if (charset === undefined || /^utf-?8$/i.test(charset)) {
    const text = bytes.toString('utf8')
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    throw new AnswerInvalid('The source answered in a character set that is not known here.')
  }
}
