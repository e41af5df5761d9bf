import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'

/** Where `npm run dashboard` puts it. */
export const dashboardFolder = fileURLToPath(new URL('../dist/dashboard', import.meta.url))

/** Answers a request that is for no endpoint of the API. False: it is nothing of the dashboard either. */
export type DashboardFiles = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

const hashedFiles = '/_assets/'
/** As src/dashboard/vite.config.ts has it. */
const noncePlace = /__NONCE__/g

/**
 * The built dashboard; null where there is none. Every address that is no file is the page, which then finds its way by itself. Files whose
 * names hold their hash are kept by browsers for good, the page never.
 */
export function createDashboardFiles(folder: string): DashboardFiles | null {
  const pageFile = join(folder, 'index.html')
  if (!existsSync(pageFile)) return null
  const page = readFileSync(pageFile, 'utf8')
  const serveFile = sirv(folder, {
    gzip: true,
    brotli: true,
    etag: true,
    extensions: [],
    setHeaders(response, path) {
      response.setHeader(
        'cache-control',
        path.startsWith(hashedFiles) ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
    },
  })

  function servePage(response: ServerResponse) {
    const nonce = randomBytes(16).toString('base64')
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(nonce),
    })
    response.end(page.replace(noncePlace, nonce))
  }

  return (request, response, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    if (path === '/' || path === '/index.html') servePage(response)
    else
      serveFile(request, response, () => {
        if (!path.startsWith(hashedFiles)) return servePage(response)
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
        response.end('This file is of another version of the dashboard. Load the page anew.\n')
      })
    return true
  }
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
