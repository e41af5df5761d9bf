import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { AnswerInvalid, ConfigurationInvalid } from '../errors.ts'

export interface EdmProperty {
  /** "Edm.String", … with type definitions resolved; an enumeration's or complex type's own full name. */
  readonly type: string
  readonly nullable: boolean
  /** Digits of the second's fraction, where the service says. */
  readonly precision: number | undefined
  readonly isEnum: boolean
}

/** What a path leads to in an entity type. `navigation` is the first relation on the way, which must be expanded. */
export interface FoundPath {
  readonly property: EdmProperty | undefined
  readonly navigation: string | undefined
}

export interface EntityShape {
  /** Undefined: the service does not have it. An open type has any. */
  find(path: string): FoundPath | undefined
}

export type Metadata = ReadonlyMap<string, EntityShape>

const property = z.object({
  Name: z.string(),
  Type: z.string(),
  Nullable: z.string().optional(),
  Precision: z.string().optional(),
})
const structured = z.object({
  Name: z.string(),
  BaseType: z.string().optional(),
  OpenType: z.string().optional(),
  Key: z.array(z.object({ PropertyRef: z.array(z.object({ Name: z.string() })).default([]) })).default([]),
  Property: z.array(property).default([]),
  NavigationProperty: z.array(property).default([]),
})
const schema = z.object({
  Namespace: z.string(),
  Alias: z.string().optional(),
  EntityType: z.array(structured).default([]),
  ComplexType: z.array(structured).default([]),
  EnumType: z.array(z.object({ Name: z.string() })).default([]),
  TypeDefinition: z.array(z.object({ Name: z.string(), UnderlyingType: z.string() })).default([]),
  EntityContainer: z
    .array(
      z
        .object({ EntitySet: z.array(z.object({ Name: z.string(), EntityType: z.string() })).default([]) })
        .or(z.literal('')),
    )
    .default([]),
})
const document = z.object({
  Edmx: z.object({ Version: z.string(), DataServices: z.object({ Schema: z.array(schema) }) }),
})

type Structured = z.infer<typeof structured>

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  removeNSPrefix: true,
  parseAttributeValue: false,
  // names need no entities, and a document that defines its own could grow without bound
  processEntities: false,
  isArray: (_name, path, _isLeaf, isAttribute) =>
    !isAttribute && !/^(\?xml|Edmx|Edmx\.DataServices)$/.test(String(path)),
})

/** Reads a service's $metadata document: which sets it has, and what their records are made of. */
export function parseMetadata(xml: string): Metadata {
  const parsed = document.safeParse(parse(xml))
  if (!parsed.success) throw new AnswerInvalid('The service answered $metadata with something that is no OData schema.')
  const { Version, DataServices } = parsed.data.Edmx
  if (!Version.startsWith('4')) {
    const path = ['version']
    throw new ConfigurationInvalid('The service speaks an OData version below 4. Use its V4 service.', { path })
  }
  const types = new Types(DataServices.Schema)
  const sets = DataServices.Schema.flatMap((it) =>
    it.EntityContainer.flatMap((box) => (box === '' ? [] : box.EntitySet)),
  )
  return new Map(sets.map((set) => [set.Name, { find: (path: string) => types.find(set.EntityType, path) }]))
}

function parse(xml: string): unknown {
  try {
    return parser.parse(xml)
  } catch {
    return undefined
  }
}

class Types {
  readonly #structured = new Map<string, Structured>()
  readonly #enums = new Set<string>()
  readonly #definitions = new Map<string, string>()

  constructor(schemas: readonly z.infer<typeof schema>[]) {
    for (const it of schemas) {
      for (const space of it.Alias === undefined ? [it.Namespace] : [it.Namespace, it.Alias]) {
        for (const type of [...it.EntityType, ...it.ComplexType]) this.#structured.set(`${space}.${type.Name}`, type)
        for (const type of it.EnumType) this.#enums.add(`${space}.${type.Name}`)
        for (const type of it.TypeDefinition) this.#definitions.set(`${space}.${type.Name}`, type.UnderlyingType)
      }
    }
  }

  find(typeName: string, path: string): FoundPath | undefined {
    const anything: FoundPath = { property: undefined, navigation: undefined }
    let at: string = typeName
    let navigation: string | undefined
    let found: EdmProperty | undefined
    for (const name of path.split('/')) {
      if (name.includes('@') || at === 'Edm.Untyped') return { ...anything, navigation }
      const chain = this.#chain(at.replace(/^Collection\((.*)\)$/, '$1'))
      const own = chain.flatMap((type) => type.Property).find((it) => it.Name === name)
      const relation = chain.flatMap((type) => type.NavigationProperty).find((it) => it.Name === name)
      const next = own ?? relation
      if (!next) return chain.some((type) => type.OpenType === 'true') ? { ...anything, navigation } : undefined
      if (relation) navigation ??= name
      at = this.#definitions.get(next.Type) ?? next.Type
      const isKey = chain.some((type) => type.Key.some((key) => key.PropertyRef.some((it) => it.Name === name)))
      found = {
        type: at,
        nullable: !isKey && next.Nullable !== 'false',
        precision: /^\d+$/.test(next.Precision ?? '') ? Number(next.Precision) : undefined,
        isEnum: this.#enums.has(at),
      }
    }
    return { property: found, navigation }
  }

  /** The type and what it is derived from. */
  #chain(typeName: string): Structured[] {
    const chain: Structured[] = []
    let type = this.#structured.get(typeName)
    while (type && !chain.includes(type)) {
      chain.push(type)
      type = this.#structured.get(type.BaseType ?? '')
    }
    return chain
  }
}
