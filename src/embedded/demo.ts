import type { DataFolder } from './data-folder.ts'
import { createDemoSource } from './demo-source/create-demo-source.ts'
import { freeWithin, usablePort } from './ports.ts'
import type { Surroundings } from './servers.ts'

/** Starts the demo source: the same records, and where possible the same port, at each start. Returns its URL. */
export async function startDemoSource({ settings, folder, parts, say }: Surroundings): Promise<string> {
  const port = await portToUse(settings.SYNCLINE_DEMO_PORT, folder)
  const anchor = folder.recall().demoAnchor ?? new Date().toISOString()
  const source = await createDemoSource({ anchor: new Date(anchor), port })
  await parts.add('The demo source', { stop: () => source.close() })
  folder.remember({ demoAnchor: anchor, demoPort: source.port })
  say(`Demo source: a simulated ERP at ${source.url}.`)
  return source.url
}

async function portToUse(asked: number, folder: DataFolder): Promise<number> {
  const { demoPort } = folder.recall()
  if (asked === 0 && demoPort !== undefined && (await freeWithin(demoPort, 500))) return demoPort
  return usablePort(asked, { part: 'the demo source', variable: 'SYNCLINE_DEMO_PORT' })
}
