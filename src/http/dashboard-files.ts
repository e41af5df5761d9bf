import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run dashboard` puts it. */
export const dashboardFolder = fileURLToPath(new URL('../../dist/dashboard', import.meta.url))

/** Answers a request that is for no endpoint of the API. False: it is nothing of the dashboard either. */
export type DashboardFiles = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

interface BuiltFile {
  type: string
  /** By content encoding. The build has compressed them. */
  bodies: Map<string, Buffer>
}

const hashedFiles = '/_assets/'
/** As src/dashboard/vite.config.ts has it. */
const noncePlace = /__NONCE__/g
const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const encodings: Record<string, string> = { '.br': 'br', '.gz': 'gzip' }

/**
 * The built dashboard; null where there is none. Every address that is no file is the page, which then finds its way by itself. Files whose
 * names hold their hash are kept by browsers for good, the page never. All of it is read once: a build under a running process changes nothing.
 */
export function createDashboardFiles(folder: string): DashboardFiles | null {
  const pageFile = join(folder, 'index.html')
  if (!existsSync(pageFile)) return null
  const page = readFileSync(pageFile, 'utf8')
  const files = readFiles(folder)

  return (request, response, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const file = files.get(path)
    if (file) serveFile(request, response, file, path.startsWith(hashedFiles))
    else if (path.startsWith(hashedFiles)) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
      response.end('This file is of another version of the dashboard. Load the page anew.\n')
    } else servePage(response, page)
    return true
  }
}

function readFiles(folder: string): Map<string, BuiltFile> {
  const files = new Map<string, BuiltFile>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'index.html') continue
    const at = join(entry.parentPath, entry.name)
    const ending = extname(entry.name)
    const encoding = encodings[ending]
    const name = `/${relative(folder, at).replaceAll(sep, '/')}`
    const path = encoding === undefined ? name : name.slice(0, -ending.length)
    const file = files.get(path) ?? { type: types[extname(path)] ?? 'application/octet-stream', bodies: new Map() }
    file.bodies.set(encoding ?? 'identity', readFileSync(at))
    files.set(path, file)
  }
  return files
}

function serveFile(request: IncomingMessage, response: ServerResponse, { type, bodies }: BuiltFile, hashed: boolean) {
  const accepted = String(request.headers['accept-encoding'] ?? '')
    .split(',')
    .map((each) => each.split(';', 1)[0]?.trim())
  const encoding = ['br', 'gzip'].find((each) => accepted.includes(each) && bodies.has(each)) ?? 'identity'
  const body = bodies.get(encoding) ?? Buffer.alloc(0)
  response.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function servePage(response: ServerResponse, page: string) {
  const nonce = randomBytes(16).toString('base64')
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy(nonce),
  })
  response.end(page.replace(noncePlace, nonce))
}

/** Its own scripts, styles and requests, and nothing else. */
const contentSecurityPolicy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
