/** "PURCHASE_ORDER" as people read it: "Purchase order". */
export function inSentenceCase(name: string): string {
  const words = name.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** An entity's name in the plural, for counts and headings. */
export function entityPlural(entity: string): string {
  const words = inSentenceCase(entity)
  return /[^aeiou]y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}s`
}
