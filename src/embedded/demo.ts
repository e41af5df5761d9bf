import { StartError } from '../config.ts'
import type { DataFolder } from './data-folder.ts'
import { createDemoSource } from './demo-source/create-demo-source.ts'
import { freeWithin } from './ports.ts'
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
  if (asked === 0) return demoPort !== undefined && (await freeWithin(demoPort, 500)) ? demoPort : 0
  if (await freeWithin(asked, 2_000)) return asked
  throw new StartError(
    `Port ${asked} on 127.0.0.1 is taken, so the demo source cannot start. Set SYNCLINE_DEMO_PORT to another port, or to 0 for any free one.`,
  )
}
