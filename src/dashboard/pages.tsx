import { Navigate, Route, Routes } from 'react-router'
import { ConnectionsPage } from './connections/connections-page.tsx'
import { EnvironmentPages, ToEnvironment } from './layout/environment-pages.tsx'
import { NotFound } from './layout/not-found.tsx'
import { later } from './ui/later.tsx'

const page = { heading: 1 } as const

const ConnectPage = later(async () => (await import('./connect/connect-page.tsx')).ConnectPage, page)
const CreditsPage = later(async () => (await import('./credits/credits-page.tsx')).CreditsPage, page)
const KeysPage = later(async () => (await import('./keys/keys-page.tsx')).KeysPage, page)
const AuditPage = later(async () => (await import('./audit/audit-page.tsx')).AuditPage, page)
const OverviewPage = later(async () => (await import('./overview/overview-page.tsx')).OverviewPage, page)
const RecordsPage = later(async () => (await import('./records/records-page.tsx')).RecordsPage, page)
const RecordsStartPage = later(async () => (await import('./records/records-start-page.tsx')).RecordsStartPage, page)
const RunPage = later(async () => (await import('./run/run-page.tsx')).RunPage, page)
const ConnectionPage = later(async () => (await import('./connection/connection-page.tsx')).ConnectionPage, page)

export const Pages = () => (
  <Routes>
    <Route path="/" element={<ToEnvironment />} />
    <Route path="/:environment" element={<EnvironmentPages />}>
      <Route index element={<Navigate to="connections" replace />} />
      <Route path="connections" element={<ConnectionsPage />} />
      <Route path="connections/:id" element={<ConnectionPage />} />
      <Route path="connect" element={<ConnectPage />} />
      <Route path="runs/:id" element={<RunPage />} />
      <Route path="records" element={<RecordsStartPage />} />
      <Route path="records/:id/:entity" element={<RecordsPage />} />
      <Route path="credits" element={<CreditsPage />} />
      <Route path="keys" element={<KeysPage />} />
      <Route path="audit" element={<AuditPage />} />
      <Route path="overview" element={<OverviewPage />} />
      <Route path="*" element={<NotFound />} />
    </Route>
  </Routes>
)
