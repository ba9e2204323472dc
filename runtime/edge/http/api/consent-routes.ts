import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { pluginSchema } from '../../../contract/api.ts';
import { approvalRequestSchema, consentStateSchema, pluginConsentSchema } from '../../../contract/consent.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { statusOf } from './plugin-view.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

/** How long an answer waits for the plugin to be looked at, or to start with what was agreed to, in milliseconds. */
const startMs = 5_000;

const byName = { params: z.object({ name: z.string() }) };

const getRoute = createRoute({
  method: 'get',
  path: '/api/plugins/{name}/consent',
  summary: 'What it may do, what of it waits for approval, and who agreed to what',
  request: byName,
  responses: { 200: answers(pluginConsentSchema, 'The consent'), ...failures },
});
const heldRoute = createRoute({
  method: 'get',
  path: '/api/held',
  summary: 'Everything that waits for approval, of all plugins, with what differs',
  responses: { 200: answers(z.array(consentStateSchema), 'Plugins of which something is held'), ...failures },
});
const approveRoute = createRoute({
  method: 'post',
  path: '/api/plugins/{name}/approve',
  summary: 'Agrees to what is held of it, or lets it start again after too many crashes',
  request: { ...byName, body: { required: false, ...jsonBody(approvalRequestSchema) } },
  responses: { 200: answers(pluginSchema, 'The plugin after it'), ...failures },
});

export function consentRoutes(kernel: Kernel) {
  const routes = new OpenAPIHono<RequestEnv>();
  /** Before it was looked at nothing can be said of it, nor of a change of it. */
  const looked = async (plugin: string) => {
    const { name } = statusOf(kernel, plugin);
    await kernel.host.listed(startMs, name);
    return statusOf(kernel, name);
  };
  routes.use(approveRoute.getRoutingPath(), withoutEmptyJson);
  return routes
    .openapi(getRoute, async (c) => {
      const { name } = await looked(c.req.valid('param').name);
      const approvals = kernel.consent.approvals(scopeOf(c), name);
      return c.json({ ...kernel.consent.state(name), approvals }, 200);
    })
    .openapi(heldRoute, (c) => {
      const states = kernel.host.statuses().flatMap(({ name, enabled }) => {
        const state = kernel.consent.state(name);
        // What lacks a setting waits as well, though what it would start cannot be told yet.
        return state.held.length > 0 || (enabled && state.state === 'waiting') ? [state] : [];
      });
      return c.json(states, 200);
    })
    .openapi(approveRoute, async (c) => {
      const { name, state } = await looked(c.req.valid('param').name);
      const request = c.req.valid('json') ?? {};
      const isHeld = kernel.consent.state(name).held.length > 0;
      // After too many crashes there is nothing to agree to; a person says that it may be tried again.
      if (state === 'quarantined' && !isHeld && request.changes === undefined)
        await kernel.host.restart(name);
      else await kernel.consent.approve(scopeOf(c), name, request);
      await kernel.host.listed(startMs, name);
      return c.json(statusOf(kernel, name), 200);
    });
}

/** Clients that send JSON always say so, also when they have nothing to say; no text is no JSON. */
const withoutEmptyJson: MiddlewareHandler = async (c, next) => {
  if (c.req.header('content-length') === '0') {
    const headers = new Headers(c.req.raw.headers);
    headers.delete('content-type');
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers });
  }
  await next();
};
