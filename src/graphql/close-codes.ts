/** What a socket is closed with by us; graphql-transport-ws has its own beside them. */
export const closeCodes = {
  idle: 1000,
  tryAgain: 1013,
  unauthenticated: 4401,
  expired: 4403,
  initTimeout: 4408,
  tooMany: 4429,
} as const
