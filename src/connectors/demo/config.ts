import { z } from 'zod'
import { webAddress } from '../web-address.ts'

export const demoConfig = z.strictObject({
  baseUrl: webAddress
    .meta({ format: 'uri' })
    .describe('Where the demo ERP answers. Default: the demo source that came up with Syncline.')
    .optional(),
  pageSize: z.int().min(1).max(5_000).describe('Records in a page. Default: 1000.').optional(),
  lagSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .describe('How long after its stamp a record may become visible. Default: 2.')
    .optional(),
  precision: z
    .enum(['millisecond', 'second'])
    .describe('The finest step of the stamps. Default: millisecond.')
    .optional(),
  utcOffset: z
    .string()
    .regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, 'is not an offset like +02:00')
    .describe('The zone of stamps that come without an offset. Absent: such stamps are refused.')
    .optional(),
  requestsPerSecond: z.number().min(0.01).max(1_000).describe('Most requests a second. Absent: no limit.').optional(),
  maxInFlight: z.int().min(1).max(64).describe('Most requests under way at once. Default: 4.').optional(),
})

export type DemoConfig = z.infer<typeof demoConfig>

export const demoCredentials = z.strictObject({
  apiKey: z
    .string()
    .min(1)
    .max(1_000)
    .describe('API key, where the demo ERP was started with one.')
    .meta({ writeOnly: true })
    .optional(),
})

export type DemoCredentials = z.infer<typeof demoCredentials>
