import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** A history as Temporal's tools write it, as the SDK takes it. */
export type History = { events: { eventId: unknown }[] }

// Worker.runReplayHistory reads JSON itself, but with the protobufjs beside @temporalio/common, which refuses the types that @temporalio/proto made
// with its own copy of the same version ("type must be a Type"). This is the latter's.
const proto = createRequire(import.meta.url).resolve('@temporalio/proto')
const fromProto = createRequire(proto)
const { fromJson } = fromProto('protobufjs/ext/protojson') as {
  fromJson: (type: unknown, json: unknown, options: object) => History
} // untyped CommonJS
const root = fromProto(proto) as { lookupType: (name: string) => unknown } // its types leave this method out

export function readHistory(file: string): History {
  const type = root.lookupType('temporal.api.history.v1.History')
  return fromJson(type, JSON.parse(readFileSync(file, 'utf8')), { ignoreUnknownFields: true })
}
