/**
 * What the console's page may do: run and style what the kernel serves and what carries the nonce of this one answer,
 * talk to the kernel, show pictures. Nothing inline, no eval, no other host, in nobody's frame.
 */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The page with the nonce of this answer in place of whatever the build put there. */
export function withNonce(page: string, nonce: string): string {
  return page.replaceAll(/\bnonce="[^"]*"/g, `nonce="${nonce}"`);
}
