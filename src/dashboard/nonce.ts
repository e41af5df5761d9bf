/** The page's own, without which the content security policy refuses a <style> element. Vite writes it into the head. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}
