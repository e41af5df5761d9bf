import type { CodegenConfig } from '@graphql-codegen/cli'

/** Types and documents for the operations in *.graphql: `npm run documents`. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/dashboard/**/*.graphql',
  silent: true,
  generates: {
    'src/dashboard/generated/documents.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        useTypeImports: true,
        enumType: 'string-literal',
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        scalars: {
          ID: 'string',
          BigInt: 'string',
          Date: 'string',
          DateTime: 'string',
          Decimal: 'string',
          Duration: 'string',
          JSON: 'unknown',
        },
      },
    },
  },
}

export default config
