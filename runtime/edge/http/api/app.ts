import type { HttpBindings } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { NexusError } from '../../../base/errors.ts';
import type { Kernel } from '../../../index.ts';
import { sessionCookiePrefix } from '../cookies.ts';
import { accessRoutes } from './access-routes.ts';
import { bodyOf, describeProblems, internal } from './answers.ts';
import { approvalRoutes } from './approval-routes.ts';
import { threadEventRoutes } from './thread-events.ts';
import { threadRoutes } from './thread-routes.ts';
import { commandRoutes } from './command-routes.ts';
import { consentRoutes } from './consent-routes.ts';
import { doctorRoutes, readVersion } from './doctor-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { checkSize } from './body-size.ts';
import { gatekeeper } from './gatekeeper.ts';
import { importRoutes } from './import-routes.ts';
import { logRoutes } from './log-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { modelRoutes } from './model-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { memoryRoutes } from './memory-routes.ts';
import { personaRoutes } from './persona-routes.ts';
import { plainRoutes } from './plain-routes.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { pluginSettingsRoutes } from './plugin-settings-routes.ts';
import { runRoutes } from './run-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { settingsRoutes } from './settings-routes.ts';
import { skillRoutes } from './skill-routes.ts';
import { signalRoutes, taskRoutes } from './task-routes.ts';
import { timelineRoutes } from './timeline-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { toolRoutes } from './tool-routes.ts';

/** The API of a kernel as a fetch handler. */
export function createApi(kernel: Kernel) {
  const version = readVersion();
  const app = new OpenAPIHono<{ Bindings: HttpBindings }>({
    defaultHook: (result) => {
      if (!result.success)
        throw new NexusError('REQUEST_INVALID', { problem: describeProblems(result.error) });
    },
  });
  app.use(boundedBody);
  app.use(unreadBody);
  app.use(gatekeeper(kernel.access));
  app.onError((error, c) => {
    const known = expected(error);
    if (known !== undefined) return refusal(known);
    kernel.log.error({ err: error, path: c.req.path }, 'request failed');
    return c.json(internal, 500);
  });
  app.notFound(({ req: { method, path } }) => refusal(new NexusError('ROUTE_UNKNOWN', { method, path })));
  registerSchemes(app.openAPIRegistry);
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Nexus', version, description: 'The API of a Nexus kernel' },
    security: [{ token: [] }, { session: [] }, { session: [], csrf: [] }],
  });
  return app
    .route('/', accessRoutes(kernel))
    .route('/', tokenRoutes(kernel))
    .route('/', importRoutes(kernel))
    .route('/', pluginRoutes(kernel))
    .route('/', healthRoutes(kernel))
    .route('/', consentRoutes(kernel))
    .route('/', toolRoutes(kernel))
    .route('/', commandRoutes(kernel))
    .route('/', runRoutes(kernel))
    .route('/', modelRoutes(kernel))
    .route('/', settingsRoutes(kernel))
    .route('/', pluginSettingsRoutes(kernel))
    .route('/', threadRoutes(kernel))
    .route('/', threadEventRoutes(kernel))
    .route('/', messageRoutes(kernel))
    .route('/', approvalRoutes(kernel))
    .route('/', taskRoutes(kernel))
    .route('/', signalRoutes(kernel))
    .route('/', scheduleRoutes(kernel))
    .route('/', timelineRoutes(kernel))
    .route('/', eventRoutes(kernel))
    .route('/', logRoutes(kernel))
    .route('/', fileRoutes(kernel))
    .route('/', overviewRoutes(kernel, version))
    .route('/', personaRoutes(kernel))
    .route('/', memoryRoutes(kernel))
    .route('/', skillRoutes(kernel))
    .route('/', doctorRoutes(kernel, version))
    .route('/', plainRoutes(kernel));
}

const boundedBody: MiddlewareHandler = async (c, next) => {
  checkSize(c.req.path, c.req.header());
  await next();
};

/** Of a HEAD the answer's body is made and never read (RFC 9110, 9.3.2): what feeds it must hear that nobody will. */
const unreadBody: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.req.method === 'HEAD') await c.res.body?.cancel();
};

/** What a typed client is made of: the console reads nothing else of the kernel. */
export type Api = ReturnType<typeof createApi>;

/** How one can be let in. */
function registerSchemes(registry: OpenAPIHono['openAPIRegistry']): void {
  const schemes = {
    token: {
      type: 'http',
      scheme: 'bearer',
      description: 'The token in the data directory, or an API token, which may do what its scopes say',
    },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: `${sessionCookiePrefix}PORT`,
      description: 'Of a browser that signed in; PORT is that of the kernel',
    },
    csrf: {
      type: 'apiKey',
      in: 'header',
      name: 'x-nexus-csrf',
      description: 'With a session, for every request that is not GET or HEAD: "csrf" of GET /api/session',
    },
  } as const;
  for (const [name, scheme] of Object.entries(schemes))
    registry.registerComponent('securitySchemes', name, scheme);
}

function refusal(error: NexusError): Response {
  const { retryAfterS } = error.data;
  const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  return Response.json(bodyOf(error), { status: error.status, headers });
}

/** What went wrong as an entry of the catalogue, or undefined for a bug. */
function expected(error: unknown): NexusError | undefined {
  if (error instanceof NexusError) return error;
  if (!(error instanceof HTTPException)) return undefined;
  return new NexusError('REQUEST_INVALID', { problem: error.message }, error);
}
