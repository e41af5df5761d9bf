/** What a socket is closed with; graphql-ws has some of its own beside them. */
export const closeCodes = {
  idle: 1000,
  goingAway: 1001,
  tryAgain: 1013,
  badMessage: 4400,
  unauthenticated: 4401,
  expired: 4403,
  initTimeout: 4408,
  idInUse: 4409,
  tooMany: 4429,
  internal: 4500,
} as const

export function authenticationClose(expired: boolean): [code: number, reason: string] {
  return expired ? [closeCodes.expired, 'Expired'] : [closeCodes.unauthenticated, 'Unauthenticated']
}
