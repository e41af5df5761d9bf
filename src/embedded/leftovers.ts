import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type DataFolder, writeWhole } from './data-folder.ts'
import { commandOf, goneWithin, isAlive } from './processes.ts'

const processes = z.array(z.object({ pid: z.number().int().positive(), command: z.string() }))

const graceMs = 12_000

/** Notes a process of this start, so that the next one knows it. */
export function noteProcess(folder: DataFolder, pid: number) {
  writeWhole(folder.at('processes.json'), JSON.stringify([...noted(folder), { pid, command: commandOf(pid) }]))
}

/**
 * Waits for what an earlier start has left: after a kill its parts end by themselves, and hold their ports and files until
 * then. One that does not is killed. The caller holds the data folder, so nobody else uses them.
 */
export async function awaitLeftovers(folder: DataFolder): Promise<void> {
  // A command line that differs belongs to a stranger that was given the id.
  const left = noted(folder).filter(({ pid, command }) => isAlive(pid) && commandOf(pid) === command)
  await Promise.all(
    left.map(async ({ pid }) => {
      if (await goneWithin(pid, graceMs)) return
      process.kill(pid, 'SIGKILL')
      await goneWithin(pid, graceMs)
    }),
  )
  writeWhole(folder.at('processes.json'), '[]')
}

function noted(folder: DataFolder): z.infer<typeof processes> {
  try {
    return processes.parse(JSON.parse(readFileSync(folder.at('processes.json'), 'utf8')))
  } catch {
    return [] // the first start
  }
}
