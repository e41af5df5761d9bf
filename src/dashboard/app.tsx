import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { BrowserRouter } from 'react-router'
import { nonce } from './nonce.ts'
import { Pages } from './pages.tsx'
import { HandOverProvider } from './session/hand-over.tsx'
import { SessionGate } from './session/session-gate.tsx'
import { UnfinishedProvider } from './session/unfinished.tsx'
import { contrastVariables, theme } from './theme.ts'
import { ClockProvider } from './ui/clock.tsx'

export const App = () => (
  <MantineProvider
    theme={theme}
    defaultColorScheme="auto"
    cssVariablesResolver={contrastVariables}
    getStyleNonce={nonce}
  >
    <Notifications position="bottom-right" />
    <ClockProvider>
      <BrowserRouter>
        <HandOverProvider>
          <UnfinishedProvider>
            <SessionGate>
              <Pages />
            </SessionGate>
          </UnfinishedProvider>
        </HandOverProvider>
      </BrowserRouter>
    </ClockProvider>
  </MantineProvider>
)
