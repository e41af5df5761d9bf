import { expect, test } from 'vitest'
import { hashToken, isWellFormed, issueToken } from '../../src/auth/token.ts'

test('a token tells its environment, carries a checksum, and only what may be shown is kept of it', () => {
  const issued = issueToken({ environmentKind: 'PRODUCTION', of: 'CONNECTION' })
  expect(issued.token).toMatch(/^syn_prod_c[0-9A-Za-z]{49}$/)
  expect(issueToken({ environmentKind: 'DEVELOPMENT', of: 'API_KEY' }).token).toMatch(/^syn_dev_k/)
  expect(issueToken({ environmentKind: 'TESTING', of: 'API_KEY' }).token).toMatch(/^syn_test_k/)
  expect(isWellFormed(issued.token)).toBe(true)
  expect(issued.token.startsWith(issued.prefix)).toBe(true)
  expect(issued.prefix).toHaveLength('syn_prod_c'.length + 4)
  expect(issued.lastFour).toBe(issued.token.slice(-4))
  expect(issued.hash).toEqual(hashToken(issued.token))
  expect(issued.hash).toHaveLength(32)
})

test('a token with one character changed is no longer well formed', () => {
  const { token } = issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' })
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === 'a' ? 'b' : 'a'
    expect(isWellFormed(token.slice(0, i) + other + token.slice(i + 1))).toBe(false)
  }
  expect(isWellFormed('')).toBe(false)
  expect(isWellFormed(`${token} `)).toBe(false)
})

test('tokens use the whole alphabet evenly and never repeat', () => {
  const tokens = Array.from({ length: 2_000 }, () => issueToken({ environmentKind: 'TESTING', of: 'API_KEY' }).token)
  expect(new Set(tokens).size).toBe(tokens.length)
  const counts = new Map<string, number>()
  for (const token of tokens)
    for (const letter of token.slice('syn_test_k'.length, -6)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  expect(counts.size).toBe(62)
  const expected = (tokens.length * 43) / 62
  for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(expected * 0.2)
})
