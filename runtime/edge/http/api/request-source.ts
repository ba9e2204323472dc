import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { operatorScope, type Scope } from '../../../contract/scope.ts';
import { notedCaller } from '../noted-caller.ts';

/** Header with which the command line says that a person typed the command. */
const sourceHeader = 'x-nexus-source';

/** Of routes that look at the request itself. */
export interface RequestEnv {
  readonly Bindings: HttpBindings;
}

/** Through what a request came, for the record. */
export function sourceOf(c: Context): 'cli' | 'api' {
  return c.req.header(sourceHeader) === 'cli' ? 'cli' : 'api';
}

/** The operator, and through what: one of the browsers, a token by its name, the command line or whoever else has the local key. */
export function scopeOf(c: Context<RequestEnv>): Scope {
  const caller = notedCaller(c.env.incoming);
  if (caller?.kind === 'session') return operatorScope(`browser ${caller.id.slice(-6)}`);
  if (caller?.kind === 'token') return operatorScope(`API token ${caller.name}`);
  return operatorScope(sourceOf(c) === 'cli' ? 'cli' : 'local key');
}
