import t from 'tap';
import { z } from 'zod';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';

await t.test('the OpenAPI document describes every route', async (t) => {
  const schema = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.looseObject({})) });
  const { openapi, paths } = await apiOf(await openEdge(t, {})).get('/api/openapi.json', schema);
  t.equal(openapi, '3.1.0');
  t.same(
    Object.entries(paths).map(([path, methods]) => `${Object.keys(methods).join(' ')} ${path}`),
    [
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
      'post /api/approvals/{id}',
      'get /api/doctor',
    ],
  );
});
