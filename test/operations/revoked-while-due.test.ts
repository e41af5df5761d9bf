import { beforeEach, expect, test } from 'vitest'
import { revokePresentedToken } from '../../src/operations/revoke-presented-token.ts'
import { rotateDueTokens } from '../../src/operations/rotate-due-tokens.ts'
import { SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { addConnection } from '../graphql/rows.ts'
import { startRotation } from './rotation-rig.ts'

const its = startRotation()
const { manager, statesOf, stateOf, pass, log } = its

const rotateDue = () => rotateDueTokens({ db: its.rig.db, delivery: manager, log })
const tokensOf = (connectionId: string) => its.rig.db.prisma.connectionToken.count({ where: { connectionId } })

beforeEach(() => its.rig.db.pool.query('DELETE FROM token_rotation'))

/** A connection whose token is due to be rotated into a target of its own. */
async function due(name: string) {
  const { id, token } = await addConnection(its.rig.db)
  const target = { store: 'vault', name: `kv/production/${name}` }
  await its.keys.setTokenRotation(its.owner, { connectionId: id, rotation: { target, every: 'P30D', overlap: 'PT1H' } })
  await pass('30 days')
  return { id, token }
}

test('a revocation between two attempts is not undone by the next of them', async () => {
  const { id, token } = await due('sealed')
  manager.before = () => Promise.reject(new SecretStoreUnavailable('Vault is sealed.'))
  await rotateDue()
  manager.before = async () => {}
  await its.keys.revokeConnectionToken(its.owner, { connectionId: id })
  await pass('1 hour')
  await rotateDue()
  expect(await stateOf(token)).toBe('REVOKED')
  expect(await tokensOf(id)).toBe(2)
})

test('one whose holder ends it on its way is not followed at once', async () => {
  const { id, token } = await due('leaked')
  let leaked = ''
  manager.before = async (onItsWay) => {
    leaked = onItsWay
    manager.before = async () => {}
    await revokePresentedToken({ db: its.rig.db, log })(leaked, null)
  }
  await rotateDue()
  await pass('1 day')
  await rotateDue()
  expect(await statesOf(token, leaked)).toEqual(['WORKS', 'REVOKED'])
  expect(await tokensOf(id)).toBe(2)
})
