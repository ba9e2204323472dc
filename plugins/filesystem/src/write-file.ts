import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { replaceFile } from './atomic-file.ts';
import { FileFault } from './faults.ts';
import { guarded, pathArgument, refuseRoot, type Toolbox } from './toolbox.ts';

const inputSchema = z.strictObject({
  path: pathArgument('File'),
  content: z.string().describe('The whole new content'),
  encoding: z.enum(['utf8', 'base64']).default('utf8').describe('How "content" is written'),
  overwrite: z.boolean().default(true).describe('Whether an existing file may be replaced'),
});
const outputSchema = z.object({ path: z.string(), size_bytes: z.int(), created: z.boolean() });

/** Adds the tool `write_file`. */
export function registerWriteFile(server: McpServer, { workspace, changes }: Toolbox): void {
  server.registerTool(
    'write_file',
    {
      title: 'Write file',
      description:
        'Writes a whole file at once, making missing folders. Readers see the old or the new content, never a part; the mode is kept.',
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async (input) =>
      await guarded(input.path, async () => {
        const data = decode(input.content, input.encoding);
        return await changes.run(async () => {
          using place = workspace.locate(input.path, { followLast: true, createParents: true });
          refuseRoot(place);
          await replaceFile(place, data, input.overwrite ? 'anything' : 'new');
          const output = { path: place.path, size_bytes: data.length, created: place.entry === undefined };
          const verb = output.created ? 'Created' : 'Replaced';
          return {
            content: [{ type: 'text', text: `${verb} ${place.path} (${data.length} bytes)` }],
            structuredContent: output,
          };
        });
      }),
  );
}

function decode(content: string, encoding: 'utf8' | 'base64'): Buffer {
  const isValid =
    encoding === 'utf8'
      ? content.isWellFormed()
      : content.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(content);
  if (isValid) return Buffer.from(content, encoding);
  throw new FileFault(
    'INVALID_ARGUMENT',
    encoding === 'utf8' ? 'The content has half a surrogate pair in it' : 'The content is not base64',
    encoding === 'utf8'
      ? 'Send whole characters'
      : 'Use the standard alphabet with padding and without line breaks',
  );
}
