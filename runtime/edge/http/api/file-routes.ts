import { extname } from 'node:path';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { create as asAttachment } from 'content-disposition';
import { Gate } from '../../../base/bounded.ts';
import { NexusError } from '../../../base/errors.ts';
import { uploadedFileSchema } from '../../../contract/files.ts';
import type { Kernel } from '../../../index.ts';
import { UploadFolder } from '../uploads/upload-folder.ts';
import { answers, failures } from './answers.ts';
import { byteStream } from './byte-stream.ts';

/** Each file is in memory while it is written: few at once. */
const gate = new Gate(2, 16);

/** What a page of ours may show as what it is: nothing that could hold a script. All else is bytes. */
const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.txt': 'text/plain; charset=utf-8',
};

const byName = { params: z.object({ name: z.string() }) };
const fileSchema = z
  .custom<File>((value) => value instanceof File, 'a file is missing')
  .openapi({ type: 'string', format: 'binary' });

const listRoute = createRoute({
  method: 'get',
  path: '/api/files',
  summary: 'Files that were given to the assistant, the latest first',
  responses: { 200: answers(z.array(uploadedFileSchema), 'Files'), ...failures },
});
const addRoute = createRoute({
  method: 'post',
  path: '/api/files',
  summary: 'Puts a file into the folder uploads of the workspace',
  request: {
    body: { required: true, content: { 'multipart/form-data': { schema: z.object({ file: fileSchema }) } } },
  },
  responses: { 201: answers(uploadedFileSchema, 'What became of it'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/files/{name}',
  summary: 'One of these files, to be saved',
  request: byName,
  responses: {
    200: { description: 'The file', content: { 'application/octet-stream': { schema: z.string() } } },
    ...failures,
  },
});
const removeRoute = createRoute({
  method: 'delete',
  path: '/api/files/{name}',
  summary: 'Deletes one of these files',
  request: byName,
  responses: { 204: { description: 'Done' }, ...failures },
});

/** Files for the assistant. */
export function fileRoutes({ config }: Kernel) {
  const folder = new UploadFolder(config.workspaceDir);
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => c.json(await folder.list(), 200))
    .openapi(addRoute, async (c) => {
      const { file } = c.req.valid('form');
      const entered = gate.enter(c.req.raw.signal);
      if (entered === 'full') throw new NexusError('FILES_REFUSED', { problem: 'too many come at once' });
      await entered;
      try {
        return c.json(await folder.save(file.name, new Uint8Array(await file.arrayBuffer())), 201);
      } finally {
        gate.leave();
      }
    })
    .openapi(getRoute, async (c) => {
      const { name } = c.req.valid('param');
      const { file, size } = await folder.read(name);
      const headers = {
        'content-type': types[extname(name).toLowerCase()] ?? 'application/octet-stream',
        'content-length': String(size),
        'content-disposition': asAttachment(name),
      };
      // It may grow while it is sent: never more than was announced.
      if (size > 0) return c.body(byteStream(file.createReadStream({ end: size - 1 })), 200, headers);
      await file.close();
      return c.body(new Uint8Array(), 200, headers);
    })
    .openapi(removeRoute, async (c) => {
      await folder.remove(c.req.valid('param').name);
      return c.body(null, 204);
    });
}
