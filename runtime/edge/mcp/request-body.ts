import type { IncomingMessage } from 'node:http';

/** Largest request body taken, in bytes. */
export const bodyLimitBytes = 4 * 1024 * 1024;

export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'too-large' };

/** Reads and parses a body of at most `bodyLimitBytes`. Rejects when the client goes away. */
export async function readJson(req: IncomingMessage): Promise<Body> {
  if (Number(req.headers['content-length'] ?? 0) > bodyLimitBytes) return { kind: 'too-large' };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req) {
    if (!(chunk instanceof Buffer)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) return { kind: 'too-large' };
  }
  const only = chunks[0];
  const text = (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString('utf8');
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'invalid' };
    throw error;
  }
}
