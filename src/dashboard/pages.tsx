import { type ComponentType, lazy } from 'react'
import { Navigate, Route, Routes } from 'react-router'
import { ConnectionsPage } from './connections/connections-page.tsx'
import { EnvironmentPages, ToEnvironment } from './layout/environment-pages.tsx'
import { NotFound } from './layout/not-found.tsx'

/** A page that is loaded when it is first opened. */
const later = <N extends string>(load: () => Promise<Record<N, ComponentType>>, name: N) =>
  lazy(async () => ({ default: (await load())[name] }))

const ConnectPage = later(() => import('./connect/connect-page.tsx'), 'ConnectPage')
const CreditsPage = later(() => import('./credits/credits-page.tsx'), 'CreditsPage')
const KeysPage = later(() => import('./keys/keys-page.tsx'), 'KeysPage')
const AuditPage = later(() => import('./audit/audit-page.tsx'), 'AuditPage')
const OverviewPage = later(() => import('./overview/overview-page.tsx'), 'OverviewPage')
const RecordsPage = later(() => import('./records/records-page.tsx'), 'RecordsPage')
const RecordsStartPage = later(() => import('./records/records-start-page.tsx'), 'RecordsStartPage')
const RunPage = later(() => import('./run/run-page.tsx'), 'RunPage')
const ConnectionPage = later(() => import('./connection/connection-page.tsx'), 'ConnectionPage')

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
