import { defineConfig } from 'vitest/config'
import base from '../vitest.config.ts'

// npm run record-histories
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/workflows/record-histories.ts'] },
})
