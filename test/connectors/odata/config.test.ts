import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createODataConnector } from '../../../src/connectors/odata/connector.ts'

const connector = createODataConnector()
const vendor = { set: 'Vendors', key: ['ID'], fields: { name: 'Name' } }
const config = (more: Record<string, unknown> = {}) => ({
  baseUrl: 'https://erp.example/service',
  entities: { VENDOR: vendor },
  ...more,
})

describe('the config', () => {
  it('gets the slash that its base URL lacks', () => {
    expect(connector.configSchema.parse(config()).baseUrl).toBe('https://erp.example/service/')
    expect(connector.configSchema.parse(config({ baseUrl: 'https://erp.example/s/' })).baseUrl).toBe(
      'https://erp.example/s/',
    )
  })

  it.each([
    [{ baseUrl: 'ftp://erp.example/' }, 'baseUrl'],
    [{ baseUrl: 'erp.example' }, 'baseUrl'],
    [{ baseUrl: 'https://user:pw@erp.example/' }, 'baseUrl'],
    [{ baseUrl: 'https://erp.example/?sap-client=100' }, 'baseUrl'],
    [{ version: 'v2' }, 'version'],
    [{ entities: {} }, 'entities'],
    [{ entities: { SITE: vendor } }, 'entities'],
    [{ entities: { VENDOR: { ...vendor, set: '../Vendors' } } }, 'entities.VENDOR.set'],
    [{ entities: { VENDOR: { ...vendor, key: [] } } }, 'entities.VENDOR.key'],
    [{ entities: { VENDOR: { ...vendor, key: ["a' or"] } } }, 'entities.VENDOR.key.0'],
    [{ entities: { VENDOR: { ...vendor, fields: { nome: 'x' } } } }, 'entities.VENDOR.fields'],
    [{ pageSize: 0 }, 'pageSize'],
    [{ pageSize: 5_001 }, 'pageSize'],
    [{ lagSeconds: 3_601 }, 'lagSeconds'],
    [{ parameters: { $filter: 'x' } }, 'parameters.$filter'],
    [{ unknown: 1 }, ''],
  ])('is refused with the place: %j', (more, path) => {
    const { error } = connector.configSchema.safeParse(config(more))
    expect(error?.issues[0]?.path.join('.')).toBe(path)
  })

  it('says what it sets up, and how late records may come', () => {
    const parsed = connector.configSchema.parse(config({ lagSeconds: 30 }))
    expect(connector.configured(parsed)).toEqual(['VENDOR'])
    expect(connector.clock(parsed).lagMs).toBe(30_000)
    expect(connector.clock(connector.configSchema.parse(config())).lagMs).toBe(2_000)
  })

  it('has a JSON Schema in which every secret is write-only', () => {
    expect(z.toJSONSchema(connector.configSchema, { io: 'input' })).toMatchObject({
      properties: { entities: { type: 'object' } },
    })
    const text = JSON.stringify(z.toJSONSchema(connector.credentialsSchema, { io: 'input' }))
    for (const name of ['password', 'token']) expect(text).toMatch(new RegExp(`"${name}":\\{[^{}]*"writeOnly":true`))
    expect(text).not.toMatch(/"username":\{[^{}]*"writeOnly"/)
  })
})

describe('credentials', () => {
  it.each([
    [{ type: 'none' }, true],
    [{ type: 'basic', username: 'u', password: '' }, true],
    [{ type: 'basic', username: 'u:v', password: 'p' }, false],
    [{ type: 'basic', username: 'u' }, false],
    [{ type: 'bearer', token: 'abc.def' }, true],
    [{ type: 'bearer', token: 'abc\r\nx: y' }, false],
    [{ type: 'oauth' }, false],
    [{}, false],
  ])('%j: %s', (credentials, valid) => {
    expect(connector.credentialsSchema.safeParse(credentials).success).toBe(valid)
  })
})
