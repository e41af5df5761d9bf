import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { EnvironmentKind } from '../generated/prisma/enums.ts'

/** A fresh secret: `token` is shown or delivered once, the rest is what may be stored. */
export interface IssuedToken {
  token: string
  /** The token's start, for people to tell tokens apart. */
  prefix: string
  lastFour: string
  hash: Buffer
}

export type TokenUse = 'API_KEY' | 'CONNECTION'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const kinds = { PRODUCTION: 'prod', DEVELOPMENT: 'dev', TESTING: 'test' } as const
const uses = { API_KEY: 'k', CONNECTION: 'c' } as const
/** 43 base62 characters are 256 bits; the shown prefix and last four leave more than 200 unknown. */
const randomLength = 43
const checksumLength = 6
const shownRandom = 4
const form = /^syn_(?:prod|dev|test)_[kc][0-9A-Za-z]{49}$/

/** `syn_prod_…`, `syn_dev_…` or `syn_test_…`: a letter for its use, random characters, and a CRC32 that secret scanners check. */
export function issueToken({ environmentKind, of }: { environmentKind: EnvironmentKind; of: TokenUse }): IssuedToken {
  const start = `syn_${kinds[environmentKind]}_${uses[of]}`
  const body = start + randomText(randomLength)
  const token = body + checksum(body)
  return {
    token,
    prefix: token.slice(0, start.length + shownRandom),
    lastFour: token.slice(-4),
    hash: hashToken(token),
  }
}

/** Plain SHA-256 is enough: what is hashed is random, not a password. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether the text has the form and the checksum of a token; says nothing about whether it was ever issued. */
export function isWellFormed(token: string): boolean {
  return form.test(token) && token.slice(-checksumLength) === checksum(token.slice(0, -checksumLength))
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte: above it some characters would come more often
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}

function checksum(body: string): string {
  let value = crc32(body)
  let text = ''
  for (let i = 0; i < checksumLength; i++) {
    text = alphabet.charAt(value % alphabet.length) + text
    value = Math.floor(value / alphabet.length)
  }
  return text
}
