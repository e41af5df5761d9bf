import { connectionTokenScopes } from '../../../src/auth/caller.ts'
import { issueToken } from '../../../src/auth/token.ts'
import { Scope } from '../../../src/generated/prisma/enums.ts'
import { ownerKey, type TestApi } from '../api.ts'
import { addApiKey, addConnection, type EnvironmentName } from '../rows.ts'
import type { Outcome, Row } from './row.ts'
import type { Target } from './target.ts'

export interface MatrixCaller {
  name: string
  /** What it may do where it is let in; null: it is not. */
  scopes: ReadonlySet<Scope> | 'OWNER' | null
  /** Where it stands, seen from the target. */
  stands: 'IN_ENVIRONMENT' | 'IN_CONNECTION' | 'IN_ANOTHER_CONNECTION' | 'ELSEWHERE'
  token: string | null
  /** The environment that it names. */
  environment?: string
}

const allScopes = Object.values(Scope)
const past = new Date(Date.now() - 1_000)

/** Every kind of caller there is of a target in production. Those whose secrets open nothing, and those that are there for any row, are made once. */
export async function createCallers(api: TestApi) {
  const { db } = api
  const keys = new Map<string, string>()

  async function key(scopes: readonly Scope[], environment: EnvironmentName = 'production'): Promise<string> {
    const sorted = [...new Set(scopes)].sort()
    const known = `${environment} ${sorted}`
    const token = keys.get(known) ?? (await addApiKey(db, { environment, scopes: sorted })).token
    keys.set(known, token)
    return token
  }

  async function changedKey(change: string): Promise<string> {
    const { id, token } = await addApiKey(db, { scopes: allScopes })
    await db.pool.query(change, [id])
    return token
  }

  async function changedToken(change: string): Promise<string> {
    const { id, token } = await addConnection(db)
    await db.pool.query(change, [id])
    return token
  }

  const other = await addConnection(db)
  const elsewhere = await addConnection(db, { environment: 'testing' })
  const outside = { scopes: null, stands: 'ELSEWHERE' } as const
  const refused: MatrixCaller[] = [
    { ...outside, name: 'nobody', token: null },
    { ...outside, name: 'a text that is no token', token: 'syn_prod_kNope' },
    {
      ...outside,
      name: 'a key that was never issued',
      token: issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token,
    },
    { ...outside, name: 'the owner, in an environment that is not', token: ownerKey, environment: 'none' },
    {
      ...outside,
      name: 'a key that names another environment',
      token: await key(allScopes, 'testing'),
      environment: 'production',
    },
    {
      ...outside,
      name: 'a revoked key',
      token: await changedKey('UPDATE api_key SET revoked_at = now() WHERE id = $1'),
    },
    {
      ...outside,
      name: 'an expired key',
      token: (await addApiKey(db, { scopes: allScopes, expiresAt: past })).token,
    },
    {
      ...outside,
      name: 'a secret whose overlap is over',
      token: await changedKey(`UPDATE api_key_secret SET expires_at = now() - interval '1 s' WHERE api_key_id = $1`),
    },
    {
      ...outside,
      name: 'a revoked token',
      token: await changedToken('UPDATE connection_token SET revoked_at = now() WHERE connection_id = $1'),
    },
    {
      ...outside,
      name: 'an expired token',
      token: await changedToken(
        `UPDATE connection_token SET expires_at = now() - interval '1 s' WHERE connection_id = $1`,
      ),
    },
    {
      ...outside,
      name: 'the token of a disconnected connection',
      token: await changedToken(`UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1`),
    },
  ]

  /** It may be in use as soon as it is there, before Syncline knows that it is. */
  const delivered: MatrixCaller = {
    name: 'a secret on its way to its target',
    scopes: new Set(allScopes),
    stands: 'IN_ENVIRONMENT',
    token: await changedKey(`UPDATE api_key_secret SET pending_until = now() + interval '1 h' WHERE api_key_id = $1`),
  }

  /** All that can be told apart by a row with these needs. Who is not let in is so before what they ask for is read: they ask for the roots only. */
  async function of({ needs, handsOver = [], of: state }: Row, target: Target, isRoot: boolean) {
    const enough = needs === 'OWNER' ? allScopes : [...needs, ...handsOver]
    const without = (lacking: readonly Scope[]) => allScopes.filter((scope) => !lacking.includes(scope))
    const withKey = async (
      name: string,
      scopes: readonly Scope[],
      environment: EnvironmentName = 'production',
    ): Promise<MatrixCaller> => ({
      name,
      scopes: new Set(scopes),
      stands: environment === 'production' ? 'IN_ENVIRONMENT' : 'ELSEWHERE',
      token: await key(scopes, environment),
    })
    const withToken = (name: string, stands: MatrixCaller['stands'], token: string): MatrixCaller => ({
      name,
      scopes: connectionTokenScopes,
      stands,
      token,
    })
    return [
      ...(isRoot ? [...refused, delivered] : []),
      { name: 'the owner', scopes: 'OWNER', stands: 'IN_ENVIRONMENT', token: ownerKey },
      {
        name: 'the owner, in another environment',
        scopes: 'OWNER',
        stands: 'ELSEWHERE',
        token: ownerKey,
        environment: 'testing',
      },
      ...(await Promise.all(allScopes.map((scope) => withKey(`a key with ${scope} alone`, [scope])))),
      await withKey('a key with just enough', enough.length > 0 ? enough : ['AUDIT_READ']),
      ...(await Promise.all(
        [...new Set(enough)].map((scope) => withKey(`a key with all but ${scope}`, without([scope]))),
      )),
      await withKey('a key with every scope', allScopes),
      await withKey(
        'a key with just enough, of another environment',
        enough.length > 0 ? enough : ['AUDIT_READ'],
        'testing',
      ),
      await withKey('a key with every scope, of another environment', allScopes, 'testing'),
      state !== 'DISCONNECTED'
        ? withToken("the connection's token", 'IN_CONNECTION', target.token)
        : { ...outside, name: "the connection's token", token: target.token },
      withToken("another connection's token", 'IN_ANOTHER_CONNECTION', other.token),
      withToken("the token of another environment's connection", 'ELSEWHERE', elsewhere.token),
    ] satisfies MatrixCaller[] as MatrixCaller[]
  }

  return { of, bystanders: [other.id, elsewhere.id] }
}

export function reaches({ within, ownerAnywhere }: Row, { scopes, stands }: MatrixCaller): boolean {
  if (stands === 'IN_ENVIRONMENT' || stands === 'IN_CONNECTION') return true
  if (stands === 'IN_ANOTHER_CONNECTION') return within === 'ENVIRONMENT'
  return scopes === 'OWNER' && ownerAnywhere === true
}

/** What the caller must get by the row. */
export function expected(row: Row, caller: MatrixCaller): Outcome {
  const { scopes } = caller
  if (scopes === null) return 'UNAUTHENTICATED'
  const reached = reaches(row, caller) || row.beyond === 'OWN' ? 'DONE' : row.beyond
  if (scopes === 'OWNER') return reached
  if (row.needs === 'OWNER') return 'FORBIDDEN'
  const [first, ...further] = row.needs
  const has = (scope: Scope | undefined) => scope === undefined || scopes.has(scope)
  if (!has(first)) return 'FORBIDDEN'
  if (row.through && reached !== 'DONE') return reached
  if (!further.every(has) || (row.wholeEnvironment && scopes === connectionTokenScopes)) return 'FORBIDDEN'
  return row.handsOver?.every(has) === false ? 'VALIDATION_FAILED' : reached
}
