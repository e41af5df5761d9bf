import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const compressors = { gz: promisify(gzip), br: promisify(brotliCompress) }

/** Texts lie beside their compressed forms: the server compresses nothing itself. */
const compressed = (): Plugin => ({
  name: 'compressed',
  async generateBundle(_options, bundle) {
    await Promise.all(
      Object.values(bundle).map(async (file) => {
        if (!/\.(js|css|svg)$/.test(file.fileName)) return
        const text = file.type === 'chunk' ? file.code : file.source
        for (const [ending, compress] of Object.entries(compressors))
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.${ending}`, source: await compress(text) })
      }),
    )
  },
})

/** What the server replaces with a number used once, in each answer: see src/dashboard-files.ts. */
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
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
})
