import type { ServerResponse } from 'node:http';

/**
 * What every answer tells the browser: it is not to be kept, not to be taken for anything but what it says it is, not
 * to be read or framed by other pages, and nothing in it runs. The console's own page says otherwise for itself.
 */
const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export function protect(res: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}
