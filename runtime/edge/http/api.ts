import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Kernel } from '../../index.ts';
import { createApi } from './api/app.ts';

type Listener = ReturnType<typeof getRequestListener>;

const listeners = new WeakMap<Kernel, Listener>();

/**
 * Serves everything but MCP. This module is loaded with the first such request: Hono, zod's OpenAPI side and the
 * routes take some 100 ms that the start of a kernel must not pay.
 */
export async function handleApi(kernel: Kernel, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const known = listeners.get(kernel);
  const listener = known ?? getRequestListener(createApi(kernel).fetch, { overrideGlobalObjects: false });
  if (known === undefined) listeners.set(kernel, listener);
  await listener(req, res);
}
