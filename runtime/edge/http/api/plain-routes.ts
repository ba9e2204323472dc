import { OpenAPIHono } from '@hono/zod-openapi';
import type { Registry } from 'prom-client';
import type { Kernel } from '../../../index.ts';

/** What is not JSON: the metrics. */
export function plainRoutes(kernel: Kernel) {
  let metrics: Promise<Registry> | undefined;
  return new OpenAPIHono().get('/metrics', async (c) => {
    // Loaded by the first look: 30 ms that a kernel nobody measures never pays.
    metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(kernel));
    const register = await metrics;
    return c.body(await register.metrics(), 200, { 'content-type': register.contentType });
  });
}
