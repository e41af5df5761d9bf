import { useRef } from 'react'

/** What was sent last, and with which key. */
export interface Sent {
  input: string
  key: string
}

export const nothingSent: Sent = { input: '', key: '' }

/** The same key for the same input: a repetition after a lost answer does nothing twice. */
export function sentAfter(before: Sent, input: object): Sent {
  const text = JSON.stringify(input)
  return before.input === text ? before : { input: text, key: newIdempotencyKey() }
}

export function useIdempotencyKey() {
  const sent = useRef(nothingSent)
  return (input: object): string => {
    sent.current = sentAfter(sent.current, input)
    return sent.current.key
  }
}

/** 128 random bits. randomUUID is there only where the page came over TLS or from this machine. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
