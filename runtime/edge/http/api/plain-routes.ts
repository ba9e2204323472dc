import { OpenAPIHono } from '@hono/zod-openapi';
import type { Registry } from 'prom-client';
import type { Kernel } from '../../../index.ts';

const welcome = `This is a Nexus kernel. It runs tools you did not write, safely, and lets agents use them.

MCP      POST /mcp
API      /api/openapi.json describes it
Metrics  /metrics
Health   /healthz, /readyz

All but this page and the last line need the bearer token that "nexus start" prints.
Documentation is in the docs folder of the program; "nexus --help" lists its commands.
`;

/** What is not JSON: a page for those who look with a browser, and the metrics. */
export function plainRoutes(kernel: Kernel) {
  let metrics: Promise<Registry> | undefined;
  return new OpenAPIHono()
    .get('/', (c) => c.text(welcome))
    .get('/metrics', async (c) => {
      // Loaded by the first look: 30 ms that a kernel nobody measures never pays.
      metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(kernel));
      const register = await metrics;
      return c.body(await register.metrics(), 200, { 'content-type': register.contentType });
    });
}
