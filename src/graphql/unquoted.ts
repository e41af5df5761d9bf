import { GraphQLError } from 'graphql'

/**
 * GraphQL's own words on a wrong request, without the values that they quote: one of them may be a credential that was put in the wrong place, and
 * whoever asked may log what it is told. Names of fields, types and variables stay.
 */
export function unquoted({ message, originalError }: GraphQLError): string {
  const variable = /^Variable "(\$\w+)" got invalid value /.exec(message)?.[1]
  if (variable === undefined) return reason(message)
  if (!(originalError instanceof GraphQLError)) return `Variable "${variable}" got an invalid value.`
  // the value is quoted, so that it cannot end like this
  const told = message.slice(0, -`; ${originalError.message}`.length)
  const place = / at "([\w.[\]]+)"$/.exec(told)?.[1] ?? variable.slice(1)
  return `Variable "${variable}" got an invalid value at "${place}". ${reason(originalError.message)}`
}

function reason(message: string): string {
  return message
    .replace(/^(Syntax Error: [\s\S]*?(?:Name|String|BlockString|Int|Float)) "[\s\S]*"/, '$1')
    .replace(/^(\S+(?: "\w+")? cannot represent [\w -]*value): [\s\S]*$/, '$1.')
    .replace(/^Value "[\s\S]*" (does not exist in "\w+" enum\.)/, 'The value $1')
    .replace(/^(Expected value of type "[^"]+"), found [\s\S]*$/, '$1.')
}
