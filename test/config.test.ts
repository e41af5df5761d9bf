import { expect, it } from 'vitest'
import { readConfig, StartError, type Variable } from '../src/config.ts'

const edges = [
  'SYNCLINE_PUBLIC_URL',
  'SYNCLINE_TRUSTED_PROXIES',
  'SYNCLINE_RATE_LIMIT',
  'SYNCLINE_INTROSPECTION',
  'SYNCLINE_METRICS_PORT',
] as const satisfies Variable[]

it('leaves the API open to nobody where nothing is set', () => {
  expect(readConfig(edges, {})).toEqual({
    SYNCLINE_TRUSTED_PROXIES: [],
    SYNCLINE_RATE_LIMIT: 200,
    SYNCLINE_INTROSPECTION: true,
  })
})

it('reads how browsers and proxies reach the API', () => {
  const config = readConfig(edges, {
    SYNCLINE_PUBLIC_URL: 'https://Syncline.example:443/',
    SYNCLINE_TRUSTED_PROXIES: '10.0.0.0/8, ::1,',
    SYNCLINE_RATE_LIMIT: '0',
    SYNCLINE_INTROSPECTION: '0',
    SYNCLINE_METRICS_PORT: '9464',
  })
  expect(config.SYNCLINE_PUBLIC_URL?.origin).toBe('https://syncline.example')
  expect(config.SYNCLINE_TRUSTED_PROXIES).toHaveLength(2)
  expect([config.SYNCLINE_RATE_LIMIT, config.SYNCLINE_INTROSPECTION, config.SYNCLINE_METRICS_PORT]).toEqual([
    0,
    false,
    9464,
  ])
})

it.each<[(typeof edges)[number], string]>([
  ['SYNCLINE_PUBLIC_URL', 'syncline.example'],
  ['SYNCLINE_PUBLIC_URL', 'https://syncline.example/below'],
  ['SYNCLINE_PUBLIC_URL', 'ftp://syncline.example'],
  ['SYNCLINE_TRUSTED_PROXIES', '10.0.0.0/8,proxy'],
  ['SYNCLINE_RATE_LIMIT', 'many'],
  ['SYNCLINE_RATE_LIMIT', '-1'],
  ['SYNCLINE_RATE_LIMIT', '0.5'],
  ['SYNCLINE_INTROSPECTION', 'no'],
  ['SYNCLINE_METRICS_PORT', '70000'],
])('refuses %s=%s in a line that names it', (name, value) => {
  const read = () => readConfig(edges, { [name]: value })
  expect(read).toThrow(StartError)
  expect(read).toThrow(name)
})
