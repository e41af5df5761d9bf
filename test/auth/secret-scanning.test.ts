import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { issueToken } from '../../src/auth/token.ts'
import { EnvironmentKind } from '../../src/generated/prisma/enums.ts'

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8')

const issued = Object.values(EnvironmentKind).flatMap((environmentKind) =>
  (['API_KEY', 'CONNECTION'] as const).map((of) => ({ of, token: issueToken({ environmentKind, of }).token })),
)
/** As a token may stand in a file; and what is none. */
const places = (token: string) => [
  token,
  `key=${token}`,
  `"${token}"`,
  `Bearer ${token}\n`,
  `https://x/?t=${token}&u=1`,
]
const strangers = (token: string) => [token.slice(0, -1), `${token}0`, `x${token}`, token.replace('syn_', 'sync_')]

function expectFinds(found: (text: string) => string | undefined, token: string) {
  for (const text of places(token)) expect(found(text)).toBe(token)
  for (const text of strangers(token)) expect(found(text)).toBeUndefined()
}

test('the documented expression finds every kind of token', () => {
  const expression = new RegExp(/```regex\n(.+)\n```/.exec(read('tokens.md'))?.[1] ?? '')
  for (const { token } of issued) expectFinds((text) => expression.exec(text)?.[0], token)
})

test('each gitleaks rule finds its kind of token, by a keyword that is in it', () => {
  const rules = read('secret-scanning/gitleaks.toml')
    .split('[[rules]]')
    .slice(1)
    .map((rule) => ({
      expression: new RegExp(/^regex = '''(.+)'''$/m.exec(rule)?.[1] ?? ''),
      keywords: JSON.parse(/^keywords = (.+)$/m.exec(rule)?.[1] ?? '[]') as string[],
    }))
  expect(rules).toHaveLength(2)
  for (const { of, token } of issued) {
    const [mine, other] = of === 'API_KEY' ? rules : rules.toReversed()
    expectFinds((text) => mine?.expression.exec(text)?.[1], token)
    expect(mine?.keywords.some((keyword) => token.includes(keyword))).toBe(true)
    expect(other?.expression.test(token)).toBe(false)
  }
})

test("GitHub's pattern finds every kind of token", () => {
  const field = (name: string) =>
    new RegExp(`^${name}: '(.+)'$`, 'm').exec(read('secret-scanning/github-custom-pattern.yml'))?.[1] ?? ''
  // \A and \z are the start and end of the text
  const edge = (name: string) => field(name).replace('\\A', '^').replace('\\z', '$')
  const expression = new RegExp(`(?:${edge('before_secret')})(${field('secret_format')})(?=${edge('after_secret')})`)
  for (const { token } of issued) expectFinds((text) => expression.exec(text)?.[1], token)
})

test('the checksum is as documented', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  for (const { token } of issued) {
    const value = Array.from(token.slice(-6)).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
    expect(value).toBe(crc32(token.slice(0, -6)))
  }
})
