import { Navigate, Route, Routes } from 'react-router'
import { ConnectionsPage } from './connections/connections-page.tsx'
import { EnvironmentPages, ToEnvironment } from './layout/environment-pages.tsx'
import { NotFound } from './layout/not-found.tsx'

export const Pages = () => (
  <Routes>
    <Route path="/" element={<ToEnvironment />} />
    <Route path="/:environment" element={<EnvironmentPages />}>
      <Route index element={<Navigate to="connections" replace />} />
      <Route path="connections" element={<ConnectionsPage />} />
      <Route path="*" element={<NotFound />} />
    </Route>
  </Routes>
)
