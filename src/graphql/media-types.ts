import type { Plugin } from 'graphql-yoga'
import { badInput } from './errors.ts'

/** What is sent or asked for in a form that GraphQL does not have is refused as everything else is: Yoga would answer without a word. */
export function useMediaTypeErrors(): Plugin {
  return {
    onResponse({ response, fetchAPI, setResponse }) {
      const message = messages.get(response.status)
      if (message === undefined || response.body !== null) return
      const { extensions } = badInput(message)
      const { status, headers } = response
      setResponse(fetchAPI.Response.json({ errors: [{ message, extensions }] }, { status, headers }))
    },
  }
}

const messages = new Map([
  [415, 'Send the operation as JSON (content-type: application/json).'],
  [
    406,
    'An answer is JSON, or a stream of events: accept application/json, application/graphql-response+json or text/event-stream.',
  ],
])
