import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('./cap/', import.meta.url))
const authorization = `Basic ${Buffer.from('sync:sync-pw-1').toString('base64')}`

export type Row = Record<string, unknown> & { modifiedAt: string | null }

/** SAP CAP with the service of ./cap in memory, in a process of its own. */
export async function startCap() {
  const child = fork(`${folder}server.cjs`, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let complaints = ''
  child.stderr?.on('data', (chunk) => (complaints += chunk))
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`CAP ended with ${code}: ${complaints}`)))
  ended.catch(() => {})
  const started = Promise.race([once(child, 'message'), ended]) as Promise<[{ port: number }]> // what server.cjs sends
  const [{ port }] = await started
  const baseUrl = `http://127.0.0.1:${port}/procurement/`

  async function ask(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { authorization, 'content-type': 'application/json', 'if-match': '*' }
    const answer = await fetch(new URL(path, baseUrl), {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  return {
    baseUrl,
    patch: (path: string, values: Record<string, unknown>) => ask('PATCH', path, values),
    remove: (path: string) => ask('DELETE', path),
    /** Every row of a set, page by page in the order of its key. */
    async rows(set: string, query = ''): Promise<Row[]> {
      const rows: Row[] = []
      for (let path: string | undefined = set + query; path !== undefined; ) {
        const answer = await ask('GET', path)
        const page = (await answer.json()) as { value: Row[]; '@odata.nextLink'?: string } // the form of the protocol
        rows.push(...page.value)
        path = page['@odata.nextLink']
      }
      return rows
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
