import type { Context } from 'hono';

/** Header with which the command line says that a person typed the command. */
const sourceHeader = 'x-nexus-source';

/** Through what a request came, for the record. */
export function sourceOf(c: Context): 'cli' | 'api' {
  return c.req.header(sourceHeader) === 'cli' ? 'cli' : 'api';
}
