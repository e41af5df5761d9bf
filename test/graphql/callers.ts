import { Scope } from '../../src/generated/prisma/enums.ts'
import { connectionNode, ownerKey, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

export interface TestCaller {
  name: string
  token: string | null
  environment?: string
}

/** How a mutation on one connection of production is answered: done, FORBIDDEN, UNAUTHENTICATED, or NOT_FOUND where it reaches no such object. */
export type Expected = 'DONE' | 'FORBIDDEN' | 'UNAUTHENTICATED' | 'NOT_FOUND'

/** Every kind of caller there is of an object of production, and what it may expect of a mutation that needs this scope. */
export async function everyCaller(
  api: TestApi,
  needs: Scope,
  own: { token: string },
): Promise<[TestCaller, Expected][]> {
  const key = async (name: string, options: Parameters<typeof addApiKey>[1]): Promise<TestCaller> => ({
    name,
    token: (await addApiKey(api.db, options)).token,
  })
  const all = Object.values(Scope)
  const revoked = await addApiKey(api.db, { scopes: [needs] })
  await api.db.prisma.apiKey.update({ where: { id: revoked.id }, data: { revokedAt: new Date() } })
  const others = await Promise.all(
    all
      .filter((scope) => scope !== needs)
      .map(
        (scope): Promise<[TestCaller, Expected]> =>
          key(`a key with ${scope} alone`, { scopes: [scope] }).then((one) => [one, 'FORBIDDEN']),
      ),
  )
  const disconnected = await addConnection(api.db)
  await api.ask('mutation ($id: ID!) { disconnectConnection(input: { connectionId: $id }) { __typename } }', {
    variables: { id: connectionNode(disconnected.id) },
  })
  return [
    [{ name: 'nobody', token: null }, 'UNAUTHENTICATED'],
    [{ name: 'a key that is not known', token: 'syn_prod_k_none' }, 'UNAUTHENTICATED'],
    [{ name: 'a revoked key', token: revoked.token }, 'UNAUTHENTICATED'],
    [await key('an expired key', { scopes: [needs], expiresAt: new Date(Date.now() - 1_000) }), 'UNAUTHENTICATED'],
    [{ name: 'the own token', token: own.token }, 'UNAUTHENTICATED'], // its connection is disconnected
    [{ name: "another disconnected connection's token", token: disconnected.token }, 'UNAUTHENTICATED'],
    [{ name: "another connection's token", token: (await addConnection(api.db)).token }, 'FORBIDDEN'],
    ...others,
    [await key('a key with all other scopes', { scopes: all.filter((scope) => scope !== needs) }), 'FORBIDDEN'],
    [await key('a key of another environment', { scopes: all, environment: 'testing' }), 'NOT_FOUND'],
    [
      { ...(await key('a key that names another environment', { scopes: all })), environment: 'testing' },
      'UNAUTHENTICATED',
    ],
    [{ name: 'the owner in another environment', token: ownerKey, environment: 'testing' }, 'NOT_FOUND'],
    [await key('a key with the scope', { scopes: [needs] }), 'DONE'],
    [{ name: 'the owner', token: ownerKey }, 'DONE'],
  ]
}
