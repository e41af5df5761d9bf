import type pg from 'pg'
import type { EnvironmentKind } from '../generated/prisma/enums.ts'

export interface NewEnvironment {
  id: string
  name: string
  kind: EnvironmentKind
  creditTotal: number
}

/** False when there is one of this name. */
export async function insertEnvironment(client: pg.ClientBase, environment: NewEnvironment): Promise<boolean> {
  const { id, name, kind, creditTotal } = environment
  const { rowCount } = await client.query(
    `INSERT INTO environment (id, name, kind, credit_total) VALUES ($1, $2, $3::"EnvironmentKind", $4) ON CONFLICT (name) DO NOTHING`,
    [id, name, kind, creditTotal],
  )
  return rowCount === 1
}
