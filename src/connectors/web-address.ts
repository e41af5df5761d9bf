import { z } from 'zod'

/**
 * Where a source answers, kept as it will be asked: `https:host`, `https:\\host` and `https://HOST/` are one address, and whoever reads the config sees
 * which.
 */
export const webAddress = z
  .string()
  .max(2_000)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'is not an http or https URL',
    abort: true,
  })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
    error: 'must not hold credentials',
    abort: true,
  })
  .overwrite((text) => new URL(text).href)
