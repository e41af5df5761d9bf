import { type DocumentNode, Kind, Lexer, Source, TokenKind, visit } from 'graphql'
import { tooComplex } from './errors.ts'

/** What a document may hold, whatever it asks for: checked before it is validated, which is dear for a large one. */
export interface DocumentLimits {
  tokens: number
  /** Brackets within brackets: the parser recurses on them. */
  nesting: number
  /** Written, fragments counted once. */
  fields: number
  aliases: number
  /** How often the schema is asked for: its answers are large, and no other limit counts them. */
  introspections: number
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

/** What is no GraphQL is left to the parser. */
export function checkNesting(text: string | Source, { tokens, nesting }: DocumentLimits): void {
  const lexer = new Lexer(typeof text === 'string' ? new Source(text) : text)
  let depth = 0
  for (let read = 0; read <= tokens; read++) {
    const kind = nextKind(lexer)
    if (kind === undefined || kind === TokenKind.EOF) return
    if (opening.has(kind) && ++depth > nesting) {
      throw tooComplex(
        `The document is nested more than ${nesting} deep. Ask for less at a time; pass large inputs as variables.`,
      )
    }
    if (closing.has(kind)) depth--
  }
}

function nextKind(lexer: Lexer): TokenKind | undefined {
  try {
    return lexer.advance().kind
  } catch {
    return undefined
  }
}

export function checkFields(document: DocumentNode, limits: DocumentLimits): void {
  let [fields, aliases, introspections] = [0, 0, 0]
  visit(document, {
    [Kind.FIELD](node) {
      fields++
      if (node.alias) aliases++
      if (node.name.value === '__schema' || node.name.value === '__type') introspections++
    },
  })
  const split = 'Split it into several requests.'
  if (aliases > limits.aliases) throw tooComplex(`The document has more than ${limits.aliases} aliases. ${split}`)
  if (fields > limits.fields) throw tooComplex(`The document has more than ${limits.fields} fields. ${split}`)
  if (introspections > limits.introspections) {
    throw tooComplex(`The document asks for the schema more than ${limits.introspections} times. ${split}`)
  }
}
