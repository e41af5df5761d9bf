import { isObject, type JsonObject } from '../json-pages.ts'

/** Reads one value of a source record; undefined where the record does not have it. */
export type ReadPath = (source: JsonObject) => unknown

/** Compiles a source path, "/" between levels. A null on the way down reads as null: the source says there is none. */
export function compilePath(path: string): ReadPath {
  const [first = '', ...rest] = path.split('/')
  if (rest.length === 0) return (source) => source[first]
  return (source) => {
    let at = source[first]
    for (const level of rest) {
      if (at === null) return null
      if (!isObject(at)) return undefined
      at = at[level]
    }
    return at
  }
}
