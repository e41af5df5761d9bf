import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { digestMapping, digestMappingCode, mappingSources } from '../../src/activities/mapping-digest.ts'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'

test('the digest covers every file of ours that the code which makes rows of records imports', () => {
  const covered = new Set(mappingSources())
  expect(covered).toContain('src/connectors/demo/purchase-order.ts')
  const missing = [...covered].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^(import|export)\s(?!type\s)[^'"]*?['"](\.[^'"]+)['"]/gm)]
      .map(([, , path = '']) => join(dirname(file), path))
      .filter((path) => !covered.has(path)),
  )
  expect(missing).toEqual([])
})

test('the digest is of one connector, entity and reading, and of the code', () => {
  const demo = createDemoConnector({ defaultBaseUrl: null })
  const code = digestMappingCode()
  const base = digestMapping(code, demo, { utcOffset: '+01:00' }, 'PART')
  expect(base).toMatch(/^[0-9a-f]{8}$/)
  expect(digestMapping(digestMappingCode(), demo, { utcOffset: '+01:00', pageSize: 7 }, 'PART')).toBe(base)
  expect(digestMapping(code, demo, { utcOffset: '+02:00' }, 'PART')).not.toBe(base)
  expect(digestMapping(code, demo, { utcOffset: '+01:00' }, 'ASSET')).not.toBe(base)
  expect(digestMapping('other', demo, { utcOffset: '+01:00' }, 'PART')).not.toBe(base)
})
