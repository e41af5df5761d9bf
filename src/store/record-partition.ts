import type pg from 'pg'

/**
 * The table in which all records of a connection lie, for what is done to rows by their address: an address is one of a partition. As the catalog has it; a
 * name that may stand in SQL.
 */
export async function partitionOf(client: pg.Pool | pg.ClientBase, connectionKey: number): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
       regexp_match(pg_get_expr(c.relpartbound, c.oid), 'modulus (\\d+), remainder (\\d+)') AS bound
     WHERE i.inhparent = 'record'::regclass
       AND satisfies_hash_partition('record'::regclass, bound[1]::int, bound[2]::int, $1::int)`,
    [connectionKey],
  )
  const [only] = rows
  if (!only) throw new Error(`no partition holds the records of connection ${connectionKey}`)
  return only.name
}
