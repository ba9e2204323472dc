import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Registry } from 'prom-client';
import type { Kernel } from '../../../index.ts';
import { failures } from './answers.ts';

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Figures for Prometheus',
  responses: {
    200: { description: 'Figures', content: { 'text/plain': { schema: z.string() } } },
    ...failures,
  },
});

/** What is not JSON: the metrics. */
export function plainRoutes(kernel: Kernel) {
  let metrics: Promise<Registry> | undefined;
  return new OpenAPIHono().openapi(metricsRoute, async (c) => {
    // Loaded by the first look: 30 ms that a kernel nobody measures never pays.
    metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(kernel));
    const register = await metrics;
    return c.text(await register.metrics(), 200, { 'content-type': register.contentType });
  });
}
