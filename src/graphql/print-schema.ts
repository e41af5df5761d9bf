import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { buildSchema } from './schema.ts'

writeFileSync(
  fileURLToPath(new URL('../../schema.graphql', import.meta.url)),
  `${printSchema(lexicographicSortSchema(buildSchema()))}\n`,
)
