import type { Scope } from '../generated/documents.ts'

const pages = [
  { path: 'connections', label: 'Connections', needs: ['CONNECTIONS_READ'] },
  { path: 'overview', label: 'Overview', needs: ['CONNECTIONS_READ'] },
  { path: 'records', label: 'Records', needs: ['CONNECTIONS_READ', 'RECORDS_READ'] },
  { path: 'credits', label: 'Credits', needs: ['CONNECTIONS_READ'] },
  { path: 'keys', label: 'Keys', needs: ['KEYS_MANAGE'] },
  { path: 'audit', label: 'Audit log', needs: ['AUDIT_READ'] },
] as const satisfies readonly { path: string; label: string; needs: readonly Scope[] }[]

/** Those of the pages with a place in the menu that the key may read; one comes to the first of them. */
export const readablePages = (may: (scope: Scope) => boolean) => pages.filter(({ needs }) => needs.every(may))
