import type pg from 'pg'

/**
 * The table in which all records of a connection lie, for what is done to rows by their address: an address is one of a partition. A name that may stand
 * in SQL.
 */
export async function partitionOf(client: pg.Pool | pg.ClientBase, connectionKey: number): Promise<string> {
  // as the migration has made and named them
  const { rows } = await client.query<{ name: string }>(
    `SELECT 'record_p' || lpad(i::text, 2, '0') AS name FROM generate_series(0, 31) AS i
     WHERE satisfies_hash_partition('record'::regclass, 32, i, $1::int)`,
    [connectionKey],
  )
  const [only] = rows
  if (!only) throw new Error(`no partition holds the records of connection ${connectionKey}`)
  return only.name
}
