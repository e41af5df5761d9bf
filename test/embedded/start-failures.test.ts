import { expect, it } from 'vitest'
import { fakes, place, ready, takenPort } from './place.ts'
import { processesNaming, runProgram, survivors } from './processes.ts'

it('leaves nothing behind when it is killed, and recovers at the next start', async () => {
  const { folder, environment } = place()
  const first = runProgram(fakes, environment)
  await first.printed(ready)
  const [, api, worker] = await first.printed(/processes (\d+) and (\d+)/)
  const started = [...processesNaming(folder), Number(api), Number(worker)]
  expect(started.length).toBeGreaterThanOrEqual(4)
  first.kill('SIGKILL')
  const second = runProgram(fakes, environment) // at once, while the parts of the first are still ending
  await second.printed(ready)
  expect(await survivors(started.filter((pid) => pid !== second.pid))).toEqual([])
}, 60_000)

it('stops the rest and says which part has ended when one crashes', async () => {
  const { folder, environment } = place()
  const run = runProgram(fakes, environment)
  await run.printed(ready)
  const [, , worker] = await run.printed(/processes (\d+) and (\d+)/)
  const started = processesNaming(folder)
  process.kill(Number(worker), 'SIGKILL')
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('The worker has ended (SIGKILL), so the rest is stopped.')
  expect(await survivors(started)).toEqual([])
}, 60_000)

it('shows the line of a program that cannot start, and stops the rest', async () => {
  const { folder, environment } = place()
  const run = runProgram(fakes, { ...environment, FAKE_WORKER: 'failing-worker.ts' })
  expect(await run.ended).toBe(1)
  expect(run.output()).toMatch(/\nTEMPORAL_NAMESPACE: there is no such namespace\.\n$/)
  expect(processesNaming(folder)).toEqual([])
}, 60_000)

it('refuses a second start in one data folder', async () => {
  const { environment } = place()
  const first = runProgram(fakes, environment)
  await first.printed(ready)
  const second = runProgram(fakes, environment)
  expect(await second.ended).toBe(1)
  expect(second.output()).toMatch(new RegExp(`^Syncline runs in .*/data already \\(process ${first.pid}\\)\\..*\\n$`))
}, 60_000)

it.each([
  'PORT',
  'SYNCLINE_POSTGRES_PORT',
  'SYNCLINE_TEMPORAL_PORT',
  'SYNCLINE_TEMPORAL_UI_PORT',
  'SYNCLINE_DEMO_PORT',
])(
  'names %s when that port is taken, and leaves nothing running',
  async (variable) => {
    const { folder, environment } = place()
    const port = String(await takenPort())
    const run = runProgram(fakes, { ...environment, [variable]: port })
    expect(await run.ended).toBe(1)
    expect(run.output()).toMatch(
      new RegExp(`^Port ${port} on 127.0.0.1 is taken, .* Set ${variable} to another port.*\\n$`),
    )
    expect(processesNaming(folder)).toEqual([])
  },
  30_000,
)

it.each([
  ['DATABASE_URL', 'postgresql://someone:hidden-password@127.0.0.1:1/syncline'],
  ['TEMPORAL_ADDRESS', '127.0.0.1:1'],
])(
  'names %s in one line when it cannot be reached',
  async (variable, value) => {
    const { environment } = place()
    const run = runProgram(fakes, { ...environment, [variable]: value })
    expect(await run.ended).toBe(1)
    const complaint = run.output().trim().split('\n').at(-1)
    expect(complaint).toMatch(new RegExp(`^${variable}: .*127.0.0.1:1.*cannot be used`))
    expect(run.output()).not.toContain('hidden-password')
  },
  30_000,
)
