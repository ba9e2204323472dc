import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pluginHealthSchema } from '../../../contract/health.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures } from './answers.ts';
import { statusOf } from './plugin-view.ts';

const route = (method: 'get' | 'post', summary: string) =>
  createRoute({
    method,
    path: '/api/plugins/{name}/health',
    summary,
    request: { params: z.object({ name: z.string() }) },
    responses: { 200: answers(pluginHealthSchema, 'How it is'), ...failures },
  } as const);

export function healthRoutes(kernel: Kernel) {
  return new OpenAPIHono()
    .openapi(route('get', 'How a plugin is: calls, errors, processes, checks'), async (c) => {
      const status = statusOf(kernel, c.req.valid('param').name);
      return c.json(await kernel.health.health(status), 200);
    })
    .openapi(
      route('post', 'Checks a plugin now, starting it when it does not run; the answer is in `lastCheck`'),
      async (c) => {
        const { name } = statusOf(kernel, c.req.valid('param').name);
        await kernel.health.check(name);
        return c.json(await kernel.health.health(statusOf(kernel, name)), 200);
      },
    );
}
