/** The page's own, without which the content security policy refuses a <style> element. Vite writes it into the head. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}

declare global {
  var __webpack_nonce__: string | undefined
}

/** Where react-remove-scroll, which Mantine's dialogs use, looks for it. */
export function shareNonce() {
  globalThis.__webpack_nonce__ = nonce()
}
