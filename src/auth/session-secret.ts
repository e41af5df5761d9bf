import { randomBytes } from 'node:crypto'

/** 256 bits, for a browser's cookie. */
export const issueSessionSecret = (): string => randomBytes(32).toString('base64url')

const form = /^[\w-]{43}$/

/** Says nothing about whether it was ever issued. */
export const isSessionSecret = (text: string): boolean => form.test(text)
