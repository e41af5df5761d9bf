import { expect, test } from 'vitest'
import { auditActions } from '../../src/dashboard/audit/audit-actions.ts'
import { allAuditActions } from '../../src/store/audit-action.ts'

test('the audit log can be narrowed to all that it tells, and to nothing else', () => {
  expect(auditActions.toSorted()).toEqual(allAuditActions.toSorted())
})
