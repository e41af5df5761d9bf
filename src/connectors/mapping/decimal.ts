const number = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/**
 * A number's text as a plain decimal: no exponent, no plus, a digit on each side of the point; null where it is none.
 */
export function plainDecimal(text: string): string | null {
  const parts = number.exec(text.trim())
  if (!parts) return null
  const [, sign, whole = '', fraction = '', exponent] = parts
  if (whole === '' && fraction === '') return null
  const shift = Number(exponent ?? 0)
  const digits = (whole + fraction).padStart(Math.max(0, -(whole.length + shift)) + whole.length + fraction.length, '0')
  const point = Math.max(0, whole.length + shift)
  const before =
    digits
      .padEnd(point, '0')
      .slice(0, point)
      .replace(/^0+(?=\d)/, '') || '0'
  const after = shift >= 0 ? fraction.slice(shift) : digits.slice(point)
  const minus = sign === '-' && /[1-9]/.test(digits) ? '-' : ''
  return after === '' ? minus + before : `${minus}${before}.${after}`
}
