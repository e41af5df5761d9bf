import { Button } from '@mantine/core'
import { keepFocus } from './keep-focus.ts'

/** It goes with what failed, once that is read; the keyboard then goes on in the page. */
export const TryAgain = ({ onClick }: { onClick: () => void }) => (
  <Button
    size="xs"
    variant="default"
    onClick={({ currentTarget }) => {
      keepFocus(currentTarget)
      onClick()
    }}
  >
    Try again
  </Button>
)
