import fc from 'fast-check'
import { ownerKey } from '../processes.ts'
import { document } from './requests.ts'

/** A frame as a client sends it: masked, unless it does wrong. */
export function frame(opcode: number, payload: Uint8Array, { fin = true, rsv = 0, masked = true } = {}): Buffer {
  const length = payload.length
  const extended = length < 126 ? Buffer.alloc(0) : length < 65_536 ? Buffer.alloc(2) : Buffer.alloc(8)
  if (extended.length === 2) extended.writeUInt16BE(length)
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length))
  const short = length < 126 ? length : extended.length === 2 ? 126 : 127
  const start = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | short])
  // a mask of zeros leaves the payload as it is
  return Buffer.concat([start, extended, Buffer.alloc(masked ? 4 : 0), payload])
}

export const text = (message: unknown) => frame(1, Buffer.from(JSON.stringify(message)))

export const init = text({ type: 'connection_init', payload: { authorization: `Bearer ${ownerKey}` } })

const id = fc.constantFrom('1', '2', '', '__proto__')
const message = fc.oneof(
  fc.record({ type: fc.constantFrom('connection_init', 'ping', 'pong', 'nothing'), payload: fc.jsonValue() }),
  fc.record({
    id,
    type: fc.constant('subscribe'),
    payload: fc.oneof(
      fc.record({ query: document as fc.Arbitrary<unknown>, variables: fc.jsonValue() }, { requiredKeys: ['query'] }),
      fc.jsonValue(),
    ),
  }),
  fc.record({ id, type: fc.constantFrom('complete', 'next', 'error') }),
  fc.jsonValue(),
)

const broken = fc
  .record({
    opcode: fc.nat(15),
    payload: fc.uint8Array({ maxLength: 300 }),
    fin: fc.boolean(),
    rsv: fc.nat(7),
    masked: fc.boolean(),
  })
  .map(({ opcode, payload, ...rest }) => frame(opcode, payload, rest))

/** What a client sends on one socket, after the upgrade. */
export const conversation = fc.tuple(
  fc.constantFrom(init, Buffer.alloc(0)),
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: message.map(text) },
      broken,
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 50 }).map((bytes) => frame(1, bytes)), // hardly ever UTF-8
      fc.constant(frame(9, Buffer.alloc(200))), // a ping that is too large
      fc.constant(frame(1, Buffer.alloc(300_000, 'x'))), // more than a message may hold
    ),
    { maxLength: 6 },
  ),
)
