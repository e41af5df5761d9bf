import { builder } from '../builder.ts'
import type { System as CatalogSystem } from '../system-catalog.ts'
import { EntityType } from './enums.ts'

export const System = builder.objectRef<CatalogSystem>('System').implement({
  description: 'A source system that can be connected.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What createConnection.system names.' }),
    name: t.exposeString('name'),
    category: t.exposeString('category', { description: 'ERP, CMMS, EAM, DATABASE or FILE.' }),
    entities: t.field({
      type: [EntityType],
      description: 'Every entity that it may have.',
      resolve: (system) => [...system.entities],
    }),
    configSchema: t.expose('configSchema', { type: 'JSON', description: 'JSON Schema of createConnection.config.' }),
    credentialsSchema: t.expose('credentialsSchema', {
      type: 'JSON',
      description: 'JSON Schema of createConnection.credentials; secrets are marked writeOnly.',
    }),
    creditCost: t.exposeInt('creditCost', {
      description: 'Credits that a connection takes for as long as it is connected.',
    }),
  }),
})

builder.queryField('systems', (t) =>
  t.field({
    type: [System],
    authScopes: { authenticated: true },
    description: 'The catalog of systems.',
    resolve: (_root, _args, context) => [...context.systems.systems],
  }),
)
