import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { replaceFile } from './atomic-file.ts';
import { openForReading, type Pin } from './descriptor.ts';
import { FileFault } from './faults.ts';
import { isText, readBytes } from './file-slice.ts';
import { applyEdits } from './replacements.ts';
import { guarded, pathArgument, type Toolbox } from './toolbox.ts';
import { unifiedDiff } from './unified-diff.ts';

const MAX_FILE_BYTES = 8_388_608;

const editSchema = z.strictObject({
  old_text: z.string().min(1).describe('Exact text to replace; must be in the file exactly once'),
  new_text: z.string(),
  all: z.boolean().optional().describe('Replace every occurrence instead'),
});
const inputSchema = z.strictObject({
  path: pathArgument('File'),
  edits: z.array(editSchema).min(1).max(100).describe('Applied in order; all of them or none'),
  dry_run: z.boolean().default(false).describe('Only show the diff'),
});
const outputSchema = z.object({
  path: z.string(),
  replacements: z.int(),
  written: z.boolean(),
  size_bytes: z.int(),
  diff: z.string(),
});

/** Adds the tool `edit_file`. */
export function registerEditFile(server: McpServer, { workspace, changes }: Toolbox): void {
  server.registerTool(
    'edit_file',
    {
      title: 'Edit file',
      description:
        'Replaces exact pieces of a text file and shows the unified diff. Windows line endings are kept. ' +
        'With dry_run nothing is written.',
      inputSchema,
      outputSchema,
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    async (input) =>
      await guarded(
        input.path,
        async () =>
          await changes.run(async () => {
            using place = workspace.locate(input.path, { followLast: true });
            const before = readText(place.existing(), place.path);
            const { text, replacements } = applyEdits(before, input.edits);
            const data = Buffer.from(text);
            const written = !input.dry_run && text !== before;
            if (written) await replaceFile(place, data, 'unchanged');
            const diff = unifiedDiff(place.path, before, text);
            return {
              content: [{ type: 'text', text: diff }],
              structuredContent: { path: place.path, replacements, written, size_bytes: data.length, diff },
            };
          }),
      ),
  );
}

function readText(found: Pin, path: string): string {
  using file = openForReading(found, path);
  if (found.stats.size > MAX_FILE_BYTES) {
    throw new FileFault(
      'TOO_LARGE',
      `"${path}" has ${found.stats.size} bytes, more than the ${MAX_FILE_BYTES} that can be edited`,
      'Write a new file from parts read with read_file',
    );
  }
  const bytes = readBytes(file, 0, MAX_FILE_BYTES);
  if (isText(bytes)) return bytes.toString('utf8');
  throw new FileFault('BINARY_FILE', `"${path}" is not UTF-8 text`, 'Replace it as a whole with write_file');
}
