import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a TypeScript program as a process of its own and answers the first message it sends. */
export async function startProgram(
  path: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
  nodeFlags: readonly string[] = [],
) {
  const execArgv = [...nodeFlags, '--import', 'tsx']
  const child = fork(fileURLToPath(new URL(path, import.meta.url)), args, { execArgv, env })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${path} ended with ${code}`)
  })
  failed.catch(() => {}) // it ends when we are done with it
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [Record<string, unknown>] // ours all send objects
  return {
    message,
    pid: child.pid ?? 0,
    /** Sends an order and waits for the message of this type. */
    async ask(order: object, type: string): Promise<object> {
      child.send(order)
      for (;;) {
        const [answer] = (await Promise.race([once(child, 'message'), failed])) as [{ type?: string }]
        if (answer.type === type) return answer
      }
    },
    async stop() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
      child.kill('SIGTERM')
      await ended
    },
  }
}
