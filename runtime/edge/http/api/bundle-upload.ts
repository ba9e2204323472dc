import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { Gate } from '../../../base/bounded.ts';
import { NexusError } from '../../../base/errors.ts';
import {
  importRequestSchema,
  type ImportOutcome,
  type ImportRequest,
  type ImportWork,
} from '../../../contract/import.ts';
import { pluginNameSchema } from '../../../contract/manifest.ts';
import { describeProblems } from './answers.ts';

/** Each upload is on the disk while it is imported: few at once. */
const gate = new Gate(2, 8);

const querySchema = z.strictObject({
  name: pluginNameSchema.optional(),
  update: z
    .enum(['true', 'false'])
    .default('false')
    .transform((word) => word === 'true'),
});

/** What the description of the route says of bundles. */
export const uploadHint =
  'An MCP bundle can be sent instead of a manifest: as application/octet-stream, or as the field "file" of multipart/form-data; "?name=" names it, "?update=true" changes one of that name. It is imported like a file by /api/plugins/import, and the answer is the same';

/** Imports a bundle that is the body of a request; any other request goes on to the route behind this. */
export function bundleUpload(
  install: (c: Context, request: ImportRequest, work: ImportWork) => Promise<ImportOutcome>,
): MiddlewareHandler {
  return async (c, next) => {
    const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim();
    if (type !== 'application/octet-stream' && type !== 'multipart/form-data') return await next();
    const query = querySchema.safeParse(c.req.query());
    if (!query.success) throw new NexusError('REQUEST_INVALID', { problem: describeProblems(query.error) });
    const { signal } = c.req.raw;
    const entered = gate.enter(signal);
    if (entered === 'full') throw new NexusError('FILES_REFUSED', { problem: 'too many come at once' });
    await entered;
    await using stack = new AsyncDisposableStack();
    stack.defer(() => gate.leave());
    const folder = await mkdtemp(join(tmpdir(), 'nexus-upload-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'bundle.mcpb');
    const content = type === 'multipart/form-data' ? await fieldOf(c) : c.req.raw.body;
    if (content === null) throw new NexusError('REQUEST_INVALID', { problem: 'it has no body' });
    await pipeline(chunksOf(content), createWriteStream(file, { mode: 0o600 }), { signal });
    const request = importRequestSchema.parse({ source: { file }, ...query.data });
    const done = await install(c, request, { signal });
    return c.json(done, done.plugins.some(({ outcome }) => outcome === 'added') ? 201 : 200);
  };
}

async function* chunksOf(content: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = content.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function fieldOf(c: Context): Promise<ReadableStream<Uint8Array>> {
  const { file } = await c.req.parseBody();
  if (file instanceof File) return file.stream();
  throw new NexusError('REQUEST_INVALID', { problem: 'it has no field "file" with a bundle' });
}
