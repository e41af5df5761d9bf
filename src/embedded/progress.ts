import { z } from 'zod'
import type { ApiClient } from './graphql-client.ts'

const progressEvent = z.object({
  type: z.string(),
  entity: z.string().nullable(),
  status: z.string().nullable(),
  counts: z.object({ fetched: z.number() }).nullable(),
  estimatedTotal: z.number().nullable(),
  message: z.string().nullable(),
})
export type ProgressEvent = z.infer<typeof progressEvent>

const shape = z.object({ syncProgress: progressEvent })
const query = `subscription Progress($syncRunId: ID!) {
  syncProgress(syncRunId: $syncRunId) { type entity status counts { fetched } estimatedTotal message }
}`

/** Shows a sync run as it goes on; returns the status that it ended with, null when it was not followed to its end. */
export async function showProgress(
  api: ApiClient,
  syncRunId: string,
  screen: ProgressScreen,
  signal: AbortSignal,
): Promise<string | null> {
  let status: string | null = null
  for await (const { syncProgress: event } of api.follow(query, { syncRunId }, shape, signal)) {
    screen.show(event)
    if (event.type === 'RUN_FINISHED') status = event.status
  }
  return status
}

export interface ProgressScreen {
  show(event: ProgressEvent): void
}

export interface ScreenOptions {
  write(text: string): void
  /** One line per entity, redrawn in place; else a line now and then. */
  redraw: boolean
  now(): number
}

const plainEveryMs = 2_000

export function createProgressScreen({ write, redraw, now }: ScreenOptions): ProgressScreen {
  const lines = new Map<string, string>()
  const printedAt = new Map<string, number>()
  return {
    show(event) {
      const { entity, type } = event
      if (entity === null) return
      const line = lineOf(entity, event)
      if (redraw) {
        const drawn = lines.size
        lines.set(entity, line)
        write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${[...lines.values()].map((each) => `\x1b[2K${each}\n`).join('')}`)
      } else if (type !== 'ENTITY_PROGRESS' || now() - (printedAt.get(entity) ?? 0) >= plainEveryMs) {
        printedAt.set(entity, now())
        write(`${line}\n`)
      }
    },
  }
}

function lineOf(entity: string, { type, status, counts, estimatedTotal, message }: ProgressEvent): string {
  const number = (value: number) => value.toLocaleString('en-US')
  const fetched = number(counts?.fetched ?? 0)
  const amount = estimatedTotal === null ? fetched : `${fetched} of ${number(estimatedTotal)}`
  const state = type === 'ENTITY_RETRYING' ? 'retrying' : (status ?? 'RUNNING').toLowerCase().replaceAll('_', ' ')
  return `  ${entity.padEnd(16)}${amount.padStart(18)}  ${state}${message ? `: ${message}` : ''}`.trimEnd()
}
