import { type Connection, isGrpcServiceError } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'

export const searchAttributeKeys = {
  connection: defineSearchAttributeKey('SynclineConnection', 'KEYWORD'),
  entity: defineSearchAttributeKey('SynclineEntity', 'KEYWORD'),
  mode: defineSearchAttributeKey('SynclineMode', 'KEYWORD'),
}

const keyword = 2 // temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
const alreadyExists = 6 // grpc status

/** Makes the search attributes known to the namespace: workflows that carry unknown ones do not start. Repeating it changes nothing. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const known = await connection.operatorService.listSearchAttributes({ namespace })
  const missing = Object.values(searchAttributeKeys).filter((key) => !(key.name in known.customAttributes))
  if (missing.length === 0) return
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((key) => [key.name, keyword])),
    })
  } catch (error) {
    // another worker was faster
    if (!isGrpcServiceError(error) || Number(error.code) !== alreadyExists) throw error
  }
}
