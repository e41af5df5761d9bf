import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const text = readFileSync(fileURLToPath(new URL('../../docs/secrets.md', import.meta.url)), 'utf8')

const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '')

function only(found: string[], what: string): string {
  const [one] = found
  if (one === undefined || found.length > 1) throw new Error(`docs/secrets.md has ${found.length} policies ${what}`)
  return one
}

/** The tests use the policies that users copy, or these would say too little or too much one day. */
export const vaultPolicy = (name: string) =>
  only(
    blocks('hcl').filter((one) => one.startsWith(`# ${name}\n`)),
    name,
  )

export const awsPolicy = (sid: string) =>
  only(
    blocks('json').filter((one) => one.includes(`"Sid": "${sid}"`)),
    sid,
  )

/** The data actions of a custom role. */
export const azureActions = (name: string): string[] =>
  JSON.parse(
    only(
      blocks('json').filter((one) => one.includes(`"Name": "${name}"`)),
      name,
    ),
  ).DataActions
