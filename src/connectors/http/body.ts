import { type Readable, Transform, pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
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
