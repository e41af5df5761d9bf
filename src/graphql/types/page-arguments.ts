import type { ArgBuilder } from '@pothos/core'
import type { Types } from '../builder.ts'
import { defaultPageSize, maximumPageSize } from '../complexity.ts'

/** The arguments of every Relay list. */
export function pageArguments(arg: ArgBuilder<Types>) {
  return { ...forwardArguments(arg), ...backwardArguments(arg) }
}

/** Of lists that are read from the start only. */
export function forwardArguments(arg: ArgBuilder<Types>) {
  return {
    first: arg.int({
      description: `Rows from the start, or behind \`after\`. Default ${defaultPageSize}, at most ${maximumPageSize}.`,
    }),
    after: arg.string({ description: 'A cursor of this list.' }),
  }
}

function backwardArguments(arg: ArgBuilder<Types>) {
  return {
    last: arg.int({ description: `Rows from the end, or before \`before\`. At most ${maximumPageSize}.` }),
    before: arg.string({ description: 'A cursor of this list.' }),
  }
}
