import { expect, test } from 'vitest'
import { openBrowserSession } from '../../src/operations/open-browser-session.ts'
import { startRotation } from './rotation-rig.ts'

const its = startRotation()

test('an address that is refused again and again does not fill the audit log; another address is noted all the same', async () => {
  const open = openBrowserSession({ db: its.rig.db, authenticate: its.authenticate })
  const noted = (ip: string) => its.rig.db.prisma.auditEntry.count({ where: { action: 'SESSION_OPEN', ip } })
  const guess = (ip: string) => expect(open('not a key', ip)).rejects.toThrow()
  for (let i = 0; i < 50; i++) await guess('192.0.2.1')
  await guess('192.0.2.2')
  expect([await noted('192.0.2.1'), await noted('192.0.2.2')]).toEqual([10, 1])
})
