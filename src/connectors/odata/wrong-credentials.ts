import { wrongSecret } from '../prove-credentials.ts'
import type { ODataCredentials } from './config.ts'

/** Credentials of the same kind that nobody has; of another user, so that none is locked out. Null where there is nothing to get wrong. */
export function wrongCredentials({ type }: ODataCredentials): ODataCredentials | null {
  switch (type) {
    case 'none':
      return null
    case 'basic':
      return { type, username: wrongSecret(), password: wrongSecret() }
    case 'bearer':
      return { type, token: wrongSecret() }
  }
}
