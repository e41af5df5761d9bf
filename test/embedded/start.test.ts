import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fakes, place, ready } from './place.ts'
import { descendantsOf, processesNaming, runCommand, runProgram, survivors } from './processes.ts'

it('comes up with a demo connection, shows its sync, and comes up again without a second one', async () => {
  const { folder, environment } = place()
  const first = runProgram(fakes, environment)
  await first.printed(ready)
  expect(first.output()).toMatch(/PART\s+0 of 1,200\s+running\n/)
  expect(first.output()).toMatch(/PART\s+1,200 of 1,200\s+succeeded\n/)
  const key = readFileSync(join(folder, 'data/owner-key'), 'utf8')
  expect(first.output()).not.toContain(key)
  expect(statSync(join(folder, 'data/owner-key')).mode & 0o777).toBe(0o600)
  const started = processesNaming(folder)
  first.kill('SIGINT')
  expect(await first.ended).toBe(0)
  expect(await survivors(started)).toEqual([])

  const second = runProgram(fakes, environment)
  await second.printed(ready)
  expect(second.output()).not.toContain('first sync')
  expect(readFileSync(join(folder, 'data/owner-key'), 'utf8')).toBe(key)
  second.kill('SIGTERM')
  expect(await second.ended).toBe(0)
}, 60_000)

// npm hands a signal to the shell that it runs a script in; one that waits for the program dies of it and leaves the program behind
it('ends with all its parts when npm is told to', async () => {
  const { folder, environment } = place()
  const run = runCommand(['npm', 'start'], { ...environment, SYNCLINE_DEMO: '0' })
  await run.printed(ready)
  const started = [...descendantsOf(run.pid), ...processesNaming(folder)]
  expect(started.length).toBeGreaterThan(3)
  run.kill('SIGTERM')
  await run.ended
  expect(await survivors(started)).toEqual([])
}, 60_000)

it('prints a curl command that works as it stands', async () => {
  const { environment } = place()
  const run = runProgram(fakes, environment)
  await run.printed(ready)
  const [curl = ''] = await run.printed(/^curl .*$/m)
  const answer = execFileSync('/bin/sh', ['-c', curl.replace(/\{"query".*\}/, '{"query":"{ environment }"}')], {
    encoding: 'utf8',
  })
  const seen = (JSON.parse(answer) as { data: { environment: string[] } }).data.environment
  expect(seen).toContain('SYNCLINE_OWNER_KEY')
  expect(seen).not.toContain('SYNCLINE_DATA_DIR')
}, 60_000)

it('takes an owner key that is given for later starts too, and forgets the generated one', async () => {
  const { folder, environment } = place()
  const file = join(folder, 'data/owner-key')
  const generated = runProgram(fakes, environment)
  await generated.printed(ready)
  generated.kill('SIGINT')
  await generated.ended
  expect(existsSync(file)).toBe(true)

  const given = runProgram(fakes, { ...environment, SYNCLINE_OWNER_KEY: 'a-key-of-the-owner-that-is-long-enough' })
  await given.printed(ready)
  expect(given.output()).not.toContain('a-key-of-the-owner')
  expect(existsSync(file)).toBe(false)
  given.kill('SIGINT')
  await given.ended

  const later = runProgram(fakes, environment)
  await later.printed(ready)
  expect(existsSync(file)).toBe(false)
}, 90_000)
