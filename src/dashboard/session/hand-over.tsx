import { Button, Modal, Stack, Text } from '@mantine/core'
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { useStay } from '../forms/use-stay.ts'
import { keepFocus } from '../ui/keep-focus.ts'
import { SecretOnce, type SecretOnceProps } from '../ui/secret-once.tsx'

export interface HandedOver extends SecretOnceProps {
  /** Whose it is. */
  of: string
}

interface HandOver {
  handOver: (handed: HandedOver) => void
  /** Whoever signs out leaves nothing behind on the screen. */
  forget: () => void
}

const HandOverContext = createContext<HandOver | null>(null)

/**
 * Shows each new token or key until somebody says that they have it: whatever becomes meanwhile of the page that asked for it, of its address, and of the
 * session, which may stand on the very key that was replaced.
 */
export function HandOverProvider({ children }: { children: ReactNode }) {
  const [waiting, setWaiting] = useState<readonly HandedOver[]>([])
  const [first] = waiting
  const secretShown = first !== undefined && first.secret !== null
  const done = () => setWaiting((before) => before.slice(1))
  const value = useMemo<HandOver>(
    () => ({
      handOver: (handed) => setWaiting((before) => [...before, handed]),
      forget: () => setWaiting([]),
    }),
    [],
  )

  useStay(secretShown)

  return (
    <HandOverContext value={value}>
      {children}
      <Modal
        opened={first !== undefined}
        onClose={done}
        title={first && `${first.what === 'key' ? 'Key' : 'Token'} of ${first.of}`}
        zIndex={300}
        closeOnEscape={!secretShown}
        closeOnClickOutside={!secretShown}
        withCloseButton={!secretShown}
        // what it shows is gone at once
        transitionProps={{ duration: 0 }}
        onExitTransitionEnd={() => keepFocus(null)}
      >
        {first && (
          <Stack gap="md">
            <SecretOnce {...first} />
            {secretShown && first.what === 'token' && (
              <Text size="sm" c="dimmed">
                Give it to whoever reads this one customer’s data. It reaches this connection and nothing else.
              </Text>
            )}
            <Button onClick={done} w="fit-content">
              {secretShown ? `I have the ${first.what}` : 'Done'}
            </Button>
          </Stack>
        )}
      </Modal>
    </HandOverContext>
  )
}

export function useHandOver(): HandOver {
  const value = useContext(HandOverContext)
  if (!value) throw new Error('useHandOver is used outside HandOverProvider.')
  return value
}
