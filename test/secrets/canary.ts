import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, vi } from 'vitest'
import { logError } from '../../src/log-error.ts'

/** A secret that must not be seen anywhere. */
export const newCanary = () => `canary-${randomBytes(12).toString('hex')}`

/** Watches for secrets: in errors, as they are thrown, shown and logged, and in what is printed. */
export function watchFor(...canaries: string[]) {
  const printed: string[] = []
  const spies = (['stdout', 'stderr'] as const).map((stream) => {
    const write = process[stream].write.bind(process[stream])
    return vi.spyOn(process[stream], 'write').mockImplementation((...args: unknown[]) => {
      printed.push(String(args[0]))
      return (write as (...rest: unknown[]) => boolean)(...args) // it has overloads
    })
  })
  const clean = (what: string, text: string) => {
    for (const canary of canaries) expect(text.includes(canary), `a secret in ${what}`).toBe(false)
  }
  return {
    also: (...more: string[]) => void canaries.push(...more),
    /** The error with which it fails, which holds no secret. */
    async failure(work: Promise<unknown>): Promise<Error> {
      const error = await work.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error, 'it should have failed').toBeInstanceOf(Error)
      clean('an error', inspect(error, { depth: 12, showHidden: true }))
      clean('a log line', JSON.stringify(logError(error)))
      return error as Error // seen above
    },
    end() {
      for (const spy of spies) spy.mockRestore()
      clean('what was printed', printed.join(''))
    },
  }
}
