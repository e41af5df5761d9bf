import type { InterfaceRef, ObjectRef } from '@pothos/core'
import { builder, type Types } from './builder.ts'
import type { Edge, Page } from './paging.ts'

const PageInfo = builder.pageInfoRef()

/** The Relay list of a type: <name>Connection and <name>Edge. */
export function pageType<T>(name: string, node: ObjectRef<Types, T> | InterfaceRef<Types, T>) {
  const edge = builder.objectRef<Edge<T>>(`${name}Edge`)
  edge.implement({
    fields: (t) => ({
      // Pothos cannot see through the generic ref that T is what it stands for
      node: t.field({ type: node as ObjectRef<Types, unknown>, resolve: (row) => row.node as unknown }),
      cursor: t.exposeString('cursor', { description: 'Pass it as after or before, unchanged.' }),
    }),
  })
  const page = builder.objectRef<Page<T>>(`${name}Connection`)
  page.implement({
    fields: (t) => ({
      edges: t.field({ type: [edge], complexity: { field: 1, multiplier: 1 }, resolve: (list) => list.edges }),
      pageInfo: t.field({ type: PageInfo, complexity: 0, resolve: (list) => list.pageInfo }),
      totalCount: t.int({
        description: 'How many the whole list holds, exactly. Counted only when selected.',
        // multiplied by the page's size, as everything in it
        complexity: 1,
        resolve: (list) => list.totalCount(),
      }),
    }),
  })
  return page
}
