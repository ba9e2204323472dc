import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kernel } from '../../index.ts';

export async function handleApi(_kernel: Kernel, _req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.writeHead(404).end();
}
