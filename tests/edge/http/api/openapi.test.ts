import t from 'tap';
import { z } from 'zod';
import type { Right } from '../../../../runtime/contract/access.ts';
import { rightsOf } from '../../../../runtime/edge/http/api/route-rights.ts';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { WebBrowser } from '../../../fixtures/web-browser.ts';

await t.test('the OpenAPI document describes every route', async (t) => {
  const schema = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.looseObject({})) });
  const { openapi, paths } = await apiOf(await openEdge(t, {})).get('/api/openapi.json', schema);
  t.equal(openapi, '3.1.0');
  t.same(
    Object.entries(paths).map(([path, methods]) => `${Object.keys(methods).join(' ')} ${path}`),
    [
      'get post delete /api/session',
      'get delete /api/sessions',
      'delete /api/sessions/{id}',
      'post /api/login-links',
      'put /api/password',
      'get post /api/tokens',
      'delete /api/tokens/{id}',
      'post /api/plugins/plan',
      'post /api/plugins/import',
      'post /api/plugins/{name}/install-deps',
      'delete get /api/plugins/{name}',
      'get post /api/plugins',
      'get /api/plugins/{name}/logs',
      'post /api/plugins/{name}/restart',
      'post /api/plugins/{name}/enable',
      'post /api/plugins/{name}/disable',
      'get post /api/plugins/{name}/health',
      'get /api/plugins/{name}/consent',
      'get /api/held',
      'post /api/plugins/{name}/approve',
      'get /api/tools',
      'post /api/call',
      'get post /api/commands',
      'get /api/runs',
      'get /api/runs/{id}',
      'get /api/models',
      'post /api/models/test',
      'post /api/models/pull',
      'post /api/models/route-preview',
      'get /api/usage',
      'get /api/settings',
      'get /api/settings/audit',
      'get put /api/settings/{key}',
      'post /api/settings/batch',
      'post /api/settings/export',
      'post /api/settings/import',
      'post /api/settings/rotate-key',
      'get put /api/plugins/{name}/settings',
      'get post /api/threads',
      'get patch delete /api/threads/{id}',
      'post /api/threads/{id}/restore',
      'get post /api/threads/{id}/messages',
      'post /api/executions/{id}/cancel',
      'post /api/threads/{id}/messages/{message}/resend',
      'put /api/threads/{id}/messages/{message}/pin',
      'get /api/threads/{id}/export',
      'post /api/purge',
      'get /api/approvals',
      'post get /api/approvals/{id}',
      'get post /api/leases',
      'delete /api/leases/{id}',
      'post /api/leases/preview',
      'get /api/tasks',
      'get /api/tasks/{id}',
      'post /api/tasks/{id}/cancel',
      'post /api/tasks/{id}/retry',
      'post /api/tasks/{id}/undo',
      'post /api/tasks/{id}/snooze',
      'post /api/runs/{id}/reconcile',
      'get post /api/signals',
      'get post /api/schedules',
      'post /api/schedules/{id}/arm',
      'post /api/schedules/{id}/pause',
      'delete /api/schedules/{id}',
      'get /api/timeline/verify',
      'get /api/timeline',
      'get /api/events',
      'get /api/logs',
      'get /api/logs/stream',
      'get /api/logs/download',
      'get post /api/files',
      'get delete /api/files/{name}',
      'get /api/overview',
      'get /api/assistants',
      'post /api/assistants/reload',
      'get /api/assistants/{name}',
      'get /api/assistants/{name}/versions',
      'get post /api/context/preview',
      'get /api/threads/{id}/sub-agents',
      'get post delete /api/threads/{id}/pins',
      'get post /api/memories',
      'get /api/memories/file',
      'post /api/memories/file/trust',
      'post /api/memories/{id}/approve',
      'delete /api/memories/{id}',
      'post /api/memories/{id}/restore',
      'get /api/skills',
      'get /api/skills/{plugin}/{skill}',
      'get /api/doctor',
    ],
  );
});

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  components: z.looseObject({ securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })) }),
});

await t.test('every route is in the table of rights and refuses who may not', async (t) => {
  const edge = await openEdge(t, {});
  const { url, token, kernel } = edge;
  const { paths, components } = await apiOf(edge).get('/api/openapi.json', documentSchema);
  t.same(Object.keys(components.securitySchemes), ['token', 'session', 'csrf']);
  const tokens = new Map<Right, string>();
  for (const right of ['read', 'chat', 'tools'] as const) {
    const made = await kernel.access.makeToken({ name: right, scopes: [right], expiresInDays: 1 });
    tokens.set(right, made.token);
  }
  const browser = new WebBrowser(url);
  await browser.signIn({ code: (await kernel.access.newCode()).code });
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
  );
  all.push({ path: '/metrics', method: 'GET' }, { path: '/api/openapi.json', method: 'GET' });
  all.push({ path: '/api/threads/{id}/events', method: 'GET' });
  for (const { path, method } of all) {
    const needed = rightsOf(method, path);
    const name = `${method} ${path}`;
    t.not(needed, undefined, `${name} is missing in runtime/edge/http/api/route-rights.ts`);
    if (needed === undefined) continue;
    const asked = path.replaceAll(/\{\w+\}/g, 'x');
    const foreign = await browser.raw(asked, { method, headers: { origin: 'http://127.0.0.1:1' } });
    t.equal(foreign.status, 403, `${name} of another origin`);
    if (needed === 'nobody') continue;
    const nobody = await new WebBrowser(url).raw(asked, { method });
    t.equal(nobody.status, 401, `${name} without anything`);
    const wrong = new WebBrowser(url);
    const notIt = await wrong.raw(asked, { method, headers: { authorization: `Bearer ${token}x` } });
    t.equal(notIt.status, 401, `${name} with a wrong token`);
    for (const [right, weak] of tokens) {
      if (needed.includes(right)) continue;
      const headers = { authorization: `Bearer ${weak}` };
      const refused = await wrong.raw(asked, { method, headers });
      t.equal(refused.status, 403, `${name} with ${right} alone`);
    }
  }
});

await t.test('a route that nobody put into the table is for administrators', (t) => {
  t.equal(rightsOf('GET', '/api/new'), undefined);
  t.equal(rightsOf('HEAD', '/api/plugins'), rightsOf('GET', '/api/plugins'));
  t.equal(rightsOf('GET', 'constructor'), undefined);
  t.end();
});
