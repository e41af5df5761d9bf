import { ValidationError } from './errors.ts'

const mostCredits = 1_000_000_000

export function checkCredits(credits: number, path: string): number {
  if (!Number.isInteger(credits) || credits < 0 || credits > mostCredits)
    throw new ValidationError(`${path} is a whole number from 0 to ${mostCredits}.`, [path])
  return credits
}
