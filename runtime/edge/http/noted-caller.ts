import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../contract/access.ts';

const callers = new WeakMap<IncomingMessage, Caller>();

/** Keeps with a request whose it is, for the routes behind. */
export function noteCaller(req: IncomingMessage, caller: Caller): void {
  callers.set(req, caller);
}

/** Null for one who is not in. */
export function notedCaller(req: IncomingMessage): Caller | null {
  return callers.get(req) ?? null;
}
