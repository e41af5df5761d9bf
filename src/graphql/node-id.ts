import { decodeGlobalID, encodeGlobalID } from '@pothos/plugin-relay'
import { isStorable } from '../store/storable-text.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export interface NodeId {
  typename: string
  id: string
}

/** The Node id of a store's object. */
export function nodeId(typename: string, id: string): string {
  return encodeGlobalID(typename, id)
}

/** Null when the text is no Node id of this API. */
export function parseNodeId(text: string): NodeId | null {
  try {
    const node = decodeGlobalID(text)
    return isStorable(node.id) ? node : null
  } catch {
    return null
  }
}

/** The store's id behind a Node id of this type; null for any other text. */
export function storeId(typename: string, text: string): string | null {
  const node = parseNodeId(text)
  return node?.typename === typename && uuid.test(node.id) ? node.id : null
}

export function isStoreId(text: string): boolean {
  return uuid.test(text)
}

/** A record's id within its type: the connection's key and the source's key. */
export function recordKey(connectionKey: number, externalId: string): string {
  return `${connectionKey}:${externalId}`
}

export function parseRecordKey(id: string): { connectionKey: number; externalId: string } | null {
  const match = /^(\d{1,9}):(.+)$/s.exec(id)
  return match?.[1] && match[2] ? { connectionKey: Number(match[1]), externalId: match[2] } : null
}
