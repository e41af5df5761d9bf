import type { GraphQLField } from 'graphql'
import type { Caller } from '../auth/caller.ts'
import type { Scope } from '../generated/prisma/enums.ts'

/**
 * What a field demands of its caller. Every root field names one, and so does every field that leads to another node type: the scope of that type,
 * so that an object is behind the same wall by whatever way it is reached. Tests walk them all.
 */
export interface Demands {
  /** Any caller that was let in. */
  authenticated: boolean
  /** A caller that reaches the whole environment: not a connection token. */
  environment: boolean
  /** The owner, with the key or a session made with it. */
  owner: boolean
  scope: Scope
}

/** As Pothos reads them: one of those named suffices, unless they stand under $all. */
export type DeclaredDemands = Partial<Demands> & { $all?: Partial<Demands> }

export function demandsOf(field: GraphQLField<unknown, unknown>): DeclaredDemands | undefined {
  const options = field.extensions['pothosOptions'] as { authScopes?: DeclaredDemands } | undefined // put there by Pothos
  return options?.authScopes
}

export function meets(caller: Caller, declared: DeclaredDemands): boolean {
  const { $all, ...any } = declared
  return $all ? eachMet(caller, $all).every(Boolean) : eachMet(caller, any).some(Boolean)
}

function eachMet(caller: Caller, { authenticated, environment, owner, scope }: Partial<Demands>): boolean[] {
  return [
    ...(authenticated ? [true] : []),
    ...(environment ? [caller.connectionId === null] : []),
    ...(owner ? [caller.kind === 'OWNER'] : []),
    ...(scope ? [caller.scopes.has(scope)] : []),
  ]
}
