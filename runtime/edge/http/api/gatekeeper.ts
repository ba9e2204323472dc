import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Access, Caller } from '../../../contract/access.ts';
import { callerOf, checkRights } from '../guard.ts';
import { notedCaller } from '../noted-caller.ts';
import { rightsOf } from './route-rights.ts';

/** How often an open stream looks whether its session or token is still good: time ends both without a word. */
const lookMs = 60_000;

type Api = { Bindings: HttpBindings };

/** Lets a request through to its route when its caller has the right for it, and ends a stream with its session. */
export function gatekeeper(access: Access): MiddlewareHandler<Api> {
  return async (c, next) => {
    const caller = notedCaller(c.env.incoming);
    const needed = rightsOf(c.req.method, routeOf(c)) ?? ['admin'];
    if (needed !== 'nobody') checkRights(caller, needed);
    await next();
    const { headers } = c.res;
    if (headers.get('cache-control') !== null) headers.set('cache-control', 'no-store');
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream && caller !== null) endWith(access, caller, c.env);
  };
}

/** What will answer, not what the address looks like: there is no second reading of it to be tricked. */
function routeOf(c: Context<Api>): string {
  const path = matchedRoutes(c).find((route) => route.path !== '/*')?.path ?? '';
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function endWith(access: Access, caller: Caller, { incoming, outgoing }: HttpBindings): void {
  const end = (): void => void outgoing.destroy();
  const stop = access.onEnd(caller, end);
  const look = setInterval(() => {
    callerOf(incoming, access, false).then((still) => (still === null ? end() : undefined), end);
  }, lookMs);
  whenClosed(outgoing, () => {
    clearInterval(look);
    stop();
  });
}

function whenClosed(outgoing: HttpBindings['outgoing'], then: () => void): void {
  const response: Pick<ServerResponse, 'closed'> & NodeJS.EventEmitter = outgoing;
  if (response.closed) then();
  else response.once('close', then);
}
