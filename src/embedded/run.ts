import { StartError } from '../config.ts'
import { openDataFolder } from './data-folder.ts'
import { awaitLeftovers, noteProcess } from './leftovers.ts'
import { createParts } from './parts.ts'
import { readSettings } from './settings.ts'
import { type ProgramFiles, start } from './start.ts'

export interface RunOptions {
  environment: NodeJS.ProcessEnv
  programs: ProgramFiles
}

/** Brings all of Syncline up on this machine and stays until it is stopped or a part of it fails. Ends this process. */
export async function run({ environment, programs }: RunOptions): Promise<void> {
  try {
    await runInFolder(environment, programs)
  } catch (error) {
    console.error(messageOf(error))
    process.exit(1)
  }
}

async function runInFolder(environment: NodeJS.ProcessEnv, programs: ProgramFiles) {
  const settings = readSettings(environment)
  const folder = await openDataFolder(settings.dataDir)
  const stopping = new AbortController()
  const parts = createParts({
    onProcess: (pid) => noteProcess(folder, pid),
    onCrash: (name, how) =>
      void end(1, `${name} has ended (${how}), so the rest is stopped. The logs are in ${folder.at('logs')}.`),
  })

  async function end(code: number, message?: string) {
    if (stopping.signal.aborted) return
    stopping.abort()
    if (message !== undefined) console.error(message)
    await parts.stop()
    folder.release()
    process.exit(code)
  }

  let askedAt = 0
  const onSignal = () => {
    if (askedAt === 0) console.log('\nStopping … (again: at once)')
    // npm passes on the Ctrl-C that the terminal has sent us as well; what still runs stops by itself once we are gone
    else if (Date.now() - askedAt > 1_000) process.exit(1)
    askedAt ||= Date.now()
    void end(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)

  const terminal = { write: (text: string) => void process.stdout.write(text), redraw: process.stdout.isTTY === true }
  const say = (line: string) => console.log(line)
  try {
    await awaitLeftovers(folder)
    await start({ settings, folder, parts, terminal, say, signal: stopping.signal, programs })
  } catch (error) {
    await end(1, messageOf(error))
  }
}

/** A StartError tells what to do; anything else is a fault of ours, shown with its stack. */
function messageOf(error: unknown): string {
  if (error instanceof StartError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
