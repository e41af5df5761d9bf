import { expect, it } from 'vitest'
import { createLogger } from '../src/log.ts'

function logged(fields: object): string {
  let text = ''
  createLogger({ level: 'info', destination: { write: (line) => void (text += line) } }).info(
    fields,
    'something happened',
  )
  return text
}

it.each([
  { authorization: 'Bearer hidden' },
  { headers: { authorization: 'Bearer hidden', cookie: 'hidden' } },
  { input: { credentials: { username: 'hidden', password: 'hidden' } } },
  { connection: { source: { token: 'hidden' } } },
  { request: { body: { input: { clientSecret: 'hidden', apiKey: 'hidden' } } } },
  { err: Object.assign(new Error('it failed'), { config: { password: 'hidden' } }) },
])('blanks secrets in %j', (fields) => {
  expect(logged(fields)).not.toContain('hidden')
  expect(logged(fields)).toContain('something happened')
})

it('writes an error with its stack under err', () => {
  const line = JSON.parse(logged({ err: new Error('it failed') })) as { err: { message: string; stack: string } }
  expect(line.err.message).toBe('it failed')
  expect(line.err.stack).toContain('log.test.ts')
})
