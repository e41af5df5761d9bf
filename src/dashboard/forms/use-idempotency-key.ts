import { useRef } from 'react'

/** The same key for the same input: a repetition after a lost answer does nothing twice. */
export function useIdempotencyKey() {
  const sent = useRef({ input: '', key: '' })
  return (input: object): string => {
    const text = JSON.stringify(input)
    if (sent.current.input !== text) sent.current = { input: text, key: newIdempotencyKey() }
    return sent.current.key
  }
}

/** 128 random bits. randomUUID is there only where the page came over TLS or from this machine. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
