import type { HttpBindings } from '@hono/node-server';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { NexusError } from '../../../base/errors.ts';
import {
  loginLinkSchema,
  newPasswordSchema,
  sessionSchema,
  sessionStateSchema,
  signInSchema,
  type Caller,
  type SessionState,
} from '../../../contract/access.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { clearCookie, cookieOf, setCookie } from '../cookies.ts';
import { notedCaller } from '../noted-caller.ts';
import { answers, failures, jsonBody } from './answers.ts';

type Api = { Bindings: HttpBindings };

const done = { 204: { description: 'Done' }, ...failures };
/** Routes for those who are not in yet. */
const security: [] = [];

const stateRoute = createRoute({
  method: 'get',
  path: '/api/session',
  summary: 'Whether the browser that asks is signed in, and what it must send along',
  security,
  responses: { 200: answers(sessionStateSchema, 'The session'), ...failures },
});
const signInRoute = createRoute({
  method: 'post',
  path: '/api/session',
  summary: 'Signs in with the code of a one-time link or the password; the answer sets the session cookie',
  security,
  request: { body: { required: true, ...jsonBody(signInSchema) } },
  responses: { 200: answers(sessionStateSchema, 'The session'), ...failures },
});
const signOutRoute = createRoute({
  method: 'delete',
  path: '/api/session',
  summary: 'Signs out',
  security,
  responses: done,
});
const listRoute = createRoute({
  method: 'get',
  path: '/api/sessions',
  summary: 'Browsers that are signed in, the latest first',
  responses: { 200: answers(z.array(sessionSchema), 'Sessions'), ...failures },
});
const endAllRoute = createRoute({
  method: 'delete',
  path: '/api/sessions',
  summary: 'Signs out everywhere, here too; tokens stay',
  responses: done,
});
const endRoute = createRoute({
  method: 'delete',
  path: '/api/sessions/{id}',
  summary: 'Signs out one browser',
  request: { params: z.object({ id: z.string() }) },
  responses: done,
});
const linkRoute = createRoute({
  method: 'post',
  path: '/api/login-links',
  summary: 'A link that signs in a browser of this machine, once, within ten minutes',
  responses: { 201: answers(loginLinkSchema, 'The link'), ...failures },
});
const passwordRoute = createRoute({
  method: 'put',
  path: '/api/password',
  summary: 'Sets the password of the console, and signs out all other browsers',
  request: { body: { required: true, ...jsonBody(newPasswordSchema) } },
  responses: done,
});

/** Signing in and out, and who is in. */
export function accessRoutes({ access }: Kernel) {
  return new OpenAPIHono<Api>()
    .openapi(stateRoute, async (c) => c.json(await stateOf(c), 200))
    .openapi(signInRoute, async (c) => {
      const { incoming } = c.env;
      const { caller, secret, device, expiresAt } = await access.signIn(c.req.valid('json'), {
        address: addressOf(incoming.socket.remoteAddress),
        agent: incoming.headers['user-agent'] ?? '',
        device: cookieOf(incoming, 'device'),
        previous: cookieOf(incoming, 'session'),
      });
      c.header('set-cookie', setCookie(incoming, 'session', secret), { append: true });
      c.header('set-cookie', setCookie(incoming, 'device', device), { append: true });
      return c.json(signedIn(caller, await access.hasPassword(), expiresAt), 200);
    })
    .openapi(signOutRoute, async (c) => {
      const caller = notedCaller(c.env.incoming);
      if (caller?.kind === 'session') await access.endSession(caller.id);
      c.header('set-cookie', clearCookie(c.env.incoming, 'session'));
      return c.body(null, 204);
    })
    .openapi(listRoute, async (c) => c.json(await access.sessions(present(c)), 200))
    .openapi(endAllRoute, async (c) => {
      await access.endAllSessions();
      c.header('set-cookie', clearCookie(c.env.incoming, 'session'));
      return c.body(null, 204);
    })
    .openapi(endRoute, async (c) => {
      await access.endSession(c.req.valid('param').id);
      return c.body(null, 204);
    })
    .openapi(linkRoute, async (c) => {
      const { code, expiresAt } = await access.newCode();
      return c.json({ url: `http://${c.req.header('host') ?? ''}/#login=${code}`, expiresAt }, 201);
    })
    .openapi(passwordRoute, async (c) => {
      const { current, password } = c.req.valid('json');
      await access.setPassword(present(c), password, current);
      return c.body(null, 204);
    });

  async function stateOf(c: Context<Api>): Promise<SessionState> {
    const hasPassword = await access.hasPassword();
    const caller = notedCaller(c.env.incoming);
    if (caller === null) return { state: 'none', user: null, csrf: null, hasPassword, expiresAt: null };
    const secret = caller.kind === 'session' ? cookieOf(c.env.incoming, 'session') : null;
    const open = secret === null ? null : await access.ofSession(secret);
    return signedIn(caller, hasPassword, open?.expiresAt ?? null);
  }
}

function signedIn({ csrf, name }: Caller, hasPassword: boolean, expiresAt: number | null): SessionState {
  return { state: 'signed-in', user: operatorScope(name).user, csrf, hasPassword, expiresAt };
}

/** The caller of a route that nobody reaches without a right. */
function present(c: Context<Api>): Caller {
  const caller = notedCaller(c.env.incoming);
  if (caller === null) throw new NexusError('UNAUTHORIZED');
  return caller;
}

/** Every program of this machine can come from any address of the loopback network. */
function addressOf(remote = ''): string {
  return remote.startsWith('127.') || remote.startsWith('::ffff:127.') || remote === '::1'
    ? 'loopback'
    : remote;
}
