import { expect, test } from 'vitest'
import { createConfirmations } from '../../src/auth/confirmations.ts'

/** Looks that end when the test says so. */
function looks() {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
  let began = () => {}
  return {
    ends,
    look: () =>
      new Promise<void>((resolve, reject) => {
        ends.push({ resolve, reject })
        began()
      }),
    /** When so many have begun. */
    async begun(n: number) {
      while (ends.length < n) {
        await new Promise<void>((resolve) => {
          began = resolve
        })
      }
    },
  }
}

test('all who ask at once share a look; who asks while it is under way gets one that begins afterwards', async () => {
  const confirm = createConfirmations()
  const { ends, look, begun } = looks()
  const first = Promise.all([confirm('a', look), confirm('a', look), confirm('a', look)])
  await begun(1)
  const settled: string[] = []
  const late = Promise.all([confirm('a', look), confirm('a', look)]).then(() => settled.push('late'))
  ends[0]?.resolve()
  await first
  settled.push('first')
  await begun(2)
  expect(ends).toHaveLength(2)
  ends[1]?.resolve()
  await late
  expect(settled).toEqual(['first', 'late'])
})

test('a refusal reaches all who asked for it, and nobody who asks later', async () => {
  const confirm = createConfirmations()
  const { ends, look, begun } = looks()
  const asked = [confirm('a', look), confirm('a', look)].map((one) => expect(one).rejects.toThrow('revoked'))
  await begun(1)
  const late = confirm('a', look)
  ends[0]?.reject(new Error('revoked'))
  await Promise.all(asked)
  await begun(2)
  ends[1]?.resolve()
  await late
})

test('credentials are asked about apart', async () => {
  const confirm = createConfirmations()
  const a = confirm('a', () => Promise.reject(new Error('revoked')))
  const b = confirm('b', () => Promise.resolve())
  await expect(a).rejects.toThrow('revoked')
  await b
})
