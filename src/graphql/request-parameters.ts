import type { Plugin } from 'graphql-yoga'
import { badInput } from './errors.ts'

/** Parameters of a URL or a form that are no JSON are the caller's fault. The parser's own words quote them, and they may hold a credential. */
export function useRequestParameters(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return
      setRequestParser(async (request) => {
        try {
          return await requestParser(request)
        } catch (error) {
          if (error instanceof SyntaxError)
            throw badInput('The variables or the extensions of this request are no JSON.')
          throw error
        }
      })
    },
  }
}
