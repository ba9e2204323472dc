import { lstatSync, readlinkSync } from 'node:fs';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Descriptor } from './descriptor.ts';
import { FileFault, systemCode } from './faults.ts';
import { guarded, pathArgument, type Toolbox } from './toolbox.ts';
import { walkTree, type TreeEntry } from './tree-walk.ts';

const MAX_ENTRIES = 1_000;

const inputSchema = z.strictObject({
  path: pathArgument('Folder').default('.'),
  depth: z
    .int()
    .min(1)
    .max(32)
    .default(1)
    .describe('1 lists the folder itself, 2 its folders too, and so on'),
  limit: z.int().min(1).max(MAX_ENTRIES).default(200).describe('Entries on one page'),
  cursor: z.string().max(8192).optional().describe('"next_cursor" of the page before'),
});
const entrySchema = z.object({
  path: z.string().describe('Relative to the workspace'),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  size_bytes: z.int().optional(),
  modified: z.string().optional().describe('ISO 8601'),
  target: z.string().optional().describe('What a link says'),
});
const outputSchema = z.object({
  path: z.string(),
  entries: z.array(entrySchema),
  unreadable: z.array(z.string()).describe('Folders that may not be read'),
  next_cursor: z.string().optional().describe('Absent on the last page'),
});
const cursorSchema = z.array(z.string()).min(1);
type Entry = z.infer<typeof entrySchema>;

/** Adds the tool `list_dir`. */
export function registerListDir(server: McpServer, { workspace }: Toolbox): void {
  server.registerTool(
    'list_dir',
    {
      title: 'List folder',
      description:
        'Lists a folder, sorted by name, page by page, with kinds and sizes. Links are shown, not followed.',
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (input) =>
      await guarded(input.path, async () => {
        using place = workspace.locate(input.path, { followLast: true });
        const folder = place.existing();
        if (folder.kind !== 'folder') {
          throw new FileFault('NOT_A_FOLDER', `"${place.path}" is not a folder`, 'Use read_file');
        }
        const from = input.cursor === undefined ? undefined : decodeCursor(input.cursor, cursorSchema);
        const page = readPage(folder, { ...input, from });
        const prefix = place.path === '.' ? '' : `${place.path}/`;
        const entries = page.entries.map((entry) => ({ ...entry, path: prefix + entry.path }));
        const output = {
          path: place.path,
          entries,
          unreadable: page.unreadable.map((path) => prefix + path),
          ...(page.last && { next_cursor: encodeCursor(page.last) }),
        };
        return { content: [{ type: 'text', text: describe(output) }], structuredContent: output };
      }),
  );
}

interface Page {
  readonly entries: Entry[];
  readonly unreadable: string[];
  /** The last entry, when there are more after it. */
  readonly last: readonly string[] | undefined;
}

function readPage(
  folder: Descriptor,
  options: { readonly depth: number; readonly limit: number; readonly from: readonly string[] | undefined },
): Page {
  const entries: Entry[] = [];
  const unreadable: string[] = [];
  let last: readonly string[] = [];
  const walk = walkTree(folder, {
    depth: options.depth,
    from: options.from && { path: options.from, isIncluded: false },
    onUnreadable: (path) => unreadable.push(path.join('/')),
  });
  for (const entry of walk) {
    if (entries.length === options.limit) return { entries, unreadable, last };
    last = entry.path;
    entries.push({ path: entry.path.join('/'), kind: entry.kind, ...details(entry) });
  }
  return { entries, unreadable, last: undefined };
}

/** Size, time and target; nothing when the entry is gone since its folder was read. */
function details({ folder, name, kind }: TreeEntry): Partial<Entry> {
  try {
    if (kind === 'link') return { target: readlinkSync(folder.child(name)) };
    const stats = lstatSync(folder.child(name));
    return { ...(kind === 'file' && { size_bytes: stats.size }), modified: stats.mtime.toISOString() };
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return {};
  }
}

function describe(output: z.infer<typeof outputSchema>): string {
  const lines = output.entries.map(({ path, kind, size_bytes: size, target }) => {
    if (kind === 'folder') return `${path}/`;
    if (kind === 'link') return `${path} -> ${target ?? '?'}`;
    return kind === 'other' ? `${path} (not a regular file)` : `${path} (${size ?? '?'} bytes)`;
  });
  if (lines.length === 0) lines.push(`${output.path} has nothing (more) in it`);
  for (const path of output.unreadable) lines.push(`[${path} may not be read]`);
  if (output.next_cursor !== undefined) lines.push(`[more: call again with cursor: "${output.next_cursor}"]`);
  return lines.join('\n');
}
