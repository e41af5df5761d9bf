import type { Failure } from '../api/use-operation.ts'
import { missing } from './unreadable.ts'

/** What a number field holds; emptied it holds none, which is not 0. */
export function numberIn(given: number | string, path: readonly string[]): { value: number; missing: Failure | null } {
  return { value: Number(given), missing: given === '' ? missing('Enter a number.', path) : null }
}
