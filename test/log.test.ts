import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { createLogger, secretFields } from '../src/log.ts'

function logged(fields: object): string {
  let text = ''
  createLogger({ level: 'info', destination: { write: (line) => void (text += line) } }).info(
    fields,
    'something happened',
  )
  return text
}

it.each(secretFields)('blanks %s down to the fourth level, whatever it holds', (field) => {
  for (const value of ['hidden', { inner: 'hidden' }, ['hidden']]) {
    let fields: object = { [field]: value, shown: 'shown' }
    for (let level = 1; level <= 4; level++) {
      const line = logged(fields)
      expect({ level, line }).toEqual({ level, line: expect.not.stringContaining('hidden') })
      expect(line).toContain('shown')
      fields = { [`level${level}`]: fields }
    }
  }
})

it('blanks what must never be missing from the list', () => {
  const must = [
    'authorization',
    'cookie',
    'set-cookie',
    'credentials',
    'key',
    'ownerKey',
    'password',
    'secret',
    'token',
  ]
  expect(secretFields).toEqual(expect.arrayContaining(must))
})

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

const fromPostgres = () =>
  Object.assign(new Error('duplicate key value violates unique constraint "record_key"'), {
    code: '23505',
    detail: 'Key (number)=(hidden) already exists.',
    where: 'COPY record, line 1: "hidden"',
    query: 'INSERT hidden',
    parameters: ['hidden'],
    internalQuery: 'hidden',
  })

it.each([
  { err: fromPostgres() },
  { error: fromPostgres() },
  { err: new Error('the batch was not stored', { cause: new Error('its page', { cause: fromPostgres() }) }) },
  { err: new AggregateError([fromPostgres()]) },
  { err: { detail: 'hidden' } },
])('writes of an error only what cannot hold record data, however deep: %j', (fields) => {
  expect(logged(fields)).not.toContain('hidden')
})

it('writes an error with its code and its causes', () => {
  const line = JSON.parse(logged({ err: new TypeError('outside', { cause: fromPostgres() }) })) as { err: object }
  expect(line.err).toMatchObject({ type: 'TypeError', message: 'outside', cause: { code: '23505' } })
})

it('writes an error with its stack under err', () => {
  const line = JSON.parse(logged({ err: new Error('it failed') })) as { err: { message: string; stack: string } }
  expect(line.err.message).toBe('it failed')
  expect(line.err.stack).toContain('log.test.ts')
})

it('a process ends although nobody reads its log any more', async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(new URL('../src/log.ts', import.meta.url).href)}
    const log = createLogger({ level: 'info' })
    process.once('message', () => {
      log.info('one')
      log.info('two')
      process.exit(0)
    })
    process.send('ready')`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  const { stdout } = child
  stdout?.destroy()
  if (stdout) await once(stdout, 'close')
  child.send('go')
  expect(await once(child, 'exit')).toEqual([0, null])
})
