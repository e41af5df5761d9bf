import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Texts lie beside their compressed forms: the server compresses nothing itself. */
const compressed = (): Plugin => ({
  name: 'compressed',
  async writeBundle({ dir = '' }, bundle) {
    const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name))
    await Promise.all(
      texts.map(async (name) => {
        const text = await readFile(join(dir, name))
        await writeFile(join(dir, `${name}.gz`), await promisify(gzip)(text))
        await writeFile(join(dir, `${name}.br`), await promisify(brotliCompress)(text))
      }),
    )
  },
})

/** What the server replaces with a number used once, in each answer: see src/http/dashboard-files.ts. */
const nonce = '__NONCE__'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), compressed()],
  html: { cspNonce: nonce },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    // no environment can have this name, so no page has an address below it
    assetsDir: '_assets',
    // a data: URL would need an exception in the content security policy
    assetsInlineLimit: 0,
    // a page whose own style sheet failed once would be shown without it for good: Vite asks for each only once
    cssCodeSplit: false,
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
})
