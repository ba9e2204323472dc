import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { compileGlobs } from './globs.ts';
import { compilePattern } from './pattern.ts';
import { TextSearch } from './text-search.ts';
import { guarded, pathArgument, type Toolbox } from './toolbox.ts';
import { TreeSearch } from './tree-search.ts';
import type { Place } from './workspace.ts';

const globs = z.array(z.string().min(1).max(512)).max(50);
const inputSchema = z.strictObject({
  pattern: z.string().min(1).max(1_000).describe('Regular expression in RE2 syntax, tried on each line'),
  path: pathArgument('Folder or file to search').default('.'),
  include: globs.default([]).describe('Only files that match one of these globs, such as "*.ts" or "src/**"'),
  exclude: globs.default(['.git', 'node_modules']).describe('Files and folders left out'),
  literal: z.boolean().default(false).describe('Whether the pattern is plain text'),
  ignore_case: z.boolean().default(false),
  context: z.int().min(0).max(10).default(0).describe('Lines shown before and after each match'),
  max_results: z.int().min(1).max(1_000).default(100),
  cursor: z.string().max(8_192).optional().describe('"next_cursor" of an earlier answer'),
});
const hitSchema = z.object({
  path: z.string(),
  line: z.int(),
  column: z.int(),
  text: z.string(),
  before: z.array(z.string()),
  after: z.array(z.string()),
});
const outputSchema = z.object({
  matches: z.array(hitSchema),
  files_searched: z.int(),
  bytes_searched: z.int(),
  skipped_binary: z.int(),
  skipped_unreadable: z.int(),
  next_cursor: z.string().optional().describe('Present when the search stopped before the end'),
});
const cursorSchema = z.strictObject({
  path: z.array(z.string()),
  offset: z.int().min(0),
  line: z.int().min(1),
});
type Input = z.infer<typeof inputSchema>;
type Output = z.infer<typeof outputSchema>;

/** Adds the tool `grep_search`. */
export function registerGrepSearch(server: McpServer, { workspace }: Toolbox): void {
  server.registerTool(
    'grep_search',
    {
      title: 'Search in files',
      description:
        'Finds lines that match a regular expression, in a folder and below it or in one file. Linear time, whatever the expression. ' +
        'Binary files and links are skipped.',
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (input, context) =>
      await guarded(input.path, async () => {
        using place = workspace.locate(input.path, { followLast: true });
        const output = await search(place, input, context.mcpReq.signal);
        return { content: [{ type: 'text', text: summarize(output) }], structuredContent: output };
      }),
  );
}

async function search(place: Place, input: Input, signal: AbortSignal): Promise<Output> {
  const pattern = compilePattern(input.pattern, input.literal, input.ignore_case);
  const text = new TextSearch(pattern, { maxHits: input.max_results, context: input.context, signal });
  const tree = new TreeSearch(text, {
    from: input.cursor === undefined ? undefined : decodeCursor(input.cursor, cursorSchema),
    includes: input.include.length === 0 ? () => true : compileGlobs(input.include),
    excludes: compileGlobs(input.exclude),
    signal,
  });
  const stopped = await tree.run(place);
  return {
    matches: text.hits,
    files_searched: tree.files,
    bytes_searched: text.bytes,
    skipped_binary: tree.binary,
    skipped_unreadable: tree.unreadable,
    ...(stopped && { next_cursor: encodeCursor(stopped) }),
  };
}

/** The matches the way grep prints them, then what a reader must know. */
function summarize(output: Output): string {
  const lines = output.matches.flatMap((hit) => [
    ...hit.before.map((text, index) => `${hit.path}-${hit.line - hit.before.length + index}- ${text}`),
    `${hit.path}:${hit.line}:${hit.column}: ${hit.text}`,
    ...hit.after.map((text, index) => `${hit.path}-${hit.line + index + 1}- ${text}`),
    ...(hit.before.length + hit.after.length > 0 ? ['--'] : []),
  ]);
  const skipped = output.skipped_unreadable > 0 ? `; ${output.skipped_unreadable} may not be read` : '';
  lines.push(`[${output.matches.length} matches in ${output.files_searched} files searched${skipped}]`);
  if (output.next_cursor !== undefined) {
    lines.push(`[stopped before the end: narrow the search, or go on with cursor: "${output.next_cursor}"]`);
  }
  return lines.join('\n');
}
