import type { IncomingMessage } from 'node:http';
import { isTooDeep } from '../../base/json-depth.ts';

/** Largest request body taken, in bytes. */
export const bodyLimitBytes = 4 * 1024 * 1024;

export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'too-large' };

/** Reads and parses a body of at most `bodyLimitBytes`. Rejects when the client goes away. */
export async function readJson(req: IncomingMessage): Promise<Body> {
  const text = await readText(req);
  if (text === null) return { kind: 'too-large' };
  if (isTooDeep(text)) return { kind: 'invalid' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'invalid' };
    throw error;
  }
}

/** Listeners instead of `for await`: the iterator of a stream took a tenth of a small tool call. */
function readText(req: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyLimitBytes) chunks.push(chunk);
      else {
        req.pause();
        resolve(null);
      }
    });
    req.once('end', () => {
      const only = chunks[0];
      resolve((chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString('utf8'));
    });
    req.once('error', reject);
  });
}
