import { fstatSync } from 'node:fs';
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { openForReading, type Descriptor } from './descriptor.ts';
import { FileFault } from './faults.ts';
import { isText, readBytes, sliceBytes, sliceLines, TEXT_LIMIT_BYTES, type Slice } from './file-slice.ts';
import { imageType } from './image-type.ts';
import { guarded, pathArgument, type Toolbox } from './toolbox.ts';

/** As base64 this is as long as the longest text. */
const BINARY_LIMIT_BYTES = (TEXT_LIMIT_BYTES / 4) * 3;
/** A whole image up to this size is returned for looking at. */
const IMAGE_LIMIT_BYTES = 1_048_576;
const DEFAULT_LINES = 2_000;
const SNIFF_BYTES = 8_192;

const inputSchema = z.strictObject({
  path: pathArgument('File'),
  start_line: z.int().min(1).optional().describe('First line, from 1'),
  end_line: z.int().min(1).optional().describe(`Last line; ${DEFAULT_LINES} lines when absent`),
  offset_bytes: z.int().min(0).optional().describe('First byte, from 0, instead of lines'),
  length_bytes: z.int().min(1).max(TEXT_LIMIT_BYTES).optional().describe('How many bytes'),
  encoding: z
    .enum(['auto', 'utf8', 'base64'])
    .default('auto')
    .describe('"auto" gives text as text and anything else as base64'),
});
const outputSchema = z.object({
  path: z.string(),
  size_bytes: z.int().describe('Size of the whole file'),
  encoding: z.enum(['utf8', 'base64']),
  content: z.string(),
  offset_bytes: z.int().describe('Where the content starts in the file'),
  length_bytes: z.int().describe('How many bytes of the file it is'),
  start_line: z.int().optional(),
  end_line: z.int().optional(),
  total_lines: z.int().optional().describe('Absent when the file is too large to count'),
  next: z
    .object({ start_line: z.int().optional(), offset_bytes: z.int().optional() })
    .optional()
    .describe('Arguments that continue where this ends; absent at the end of the file'),
});
type Input = z.infer<typeof inputSchema>;
type Output = z.infer<typeof outputSchema>;

/** Adds the tool `read_file`. */
export function registerReadFile(server: McpServer, { workspace }: Toolbox): void {
  server.registerTool(
    'read_file',
    {
      title: 'Read file',
      description:
        'Reads a file, or a range of its lines or bytes. Text comes as it is, anything else as base64, an image also as a picture. ' +
        `At most ${TEXT_LIMIT_BYTES} bytes at a time; "next" says how to go on.`,
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (input, context) =>
      await guarded(input.path, async () => {
        checkRanges(input);
        using place = workspace.locate(input.path, { followLast: true });
        using file = openForReading(place.existing(), place.path);
        const size = fstatSync(file.fd).size;
        const part = await readPart(file, size, input, context.mcpReq.signal);
        return answer(place.path, size, part);
      }),
  );
}

interface Part {
  readonly slice: Slice;
  readonly encoding: 'utf8' | 'base64';
}

function checkRanges(input: Input): void {
  const hasLines = input.start_line !== undefined || input.end_line !== undefined;
  const hasBytes = input.offset_bytes !== undefined || input.length_bytes !== undefined;
  if (hasLines && (hasBytes || input.encoding === 'base64')) {
    throw new FileFault(
      'INVALID_ARGUMENT',
      'Lines and bytes cannot be asked for together',
      'Use start_line and end_line for text, or offset_bytes and length_bytes for anything',
    );
  }
  if ((input.end_line ?? Infinity) < (input.start_line ?? 1)) {
    throw new FileFault('INVALID_ARGUMENT', 'end_line is before start_line', 'Swap them');
  }
}

async function readPart(file: Descriptor, size: number, input: Input, signal: AbortSignal): Promise<Part> {
  const { encoding, start_line: first = 1, end_line: last = first + DEFAULT_LINES - 1 } = input;
  const hasBytes = input.offset_bytes !== undefined || input.length_bytes !== undefined;
  const offset = input.offset_bytes ?? 0;
  const head = readBytes(file, 0, Math.min(size, SNIFF_BYTES));
  const isLikelyText = encoding === 'utf8' || (encoding === 'auto' && (hasBytes || !head.includes(0)));
  if (isLikelyText) {
    const slice = hasBytes
      ? sliceBytes(file, size, offset, input.length_bytes ?? TEXT_LIMIT_BYTES)
      : await sliceLines(file, size, { first, last }, signal);
    if (encoding === 'utf8' || isText(slice.bytes)) return { slice, encoding: 'utf8' };
  }
  if (input.start_line !== undefined || input.end_line !== undefined) {
    throw new FileFault(
      'BINARY_FILE',
      'This part of the file is not UTF-8 text, so it has no lines',
      'Use offset_bytes and length_bytes, or encoding "utf8" to read it with replacement characters',
    );
  }
  const isPicture = !hasBytes && size <= IMAGE_LIMIT_BYTES && imageType(head) !== undefined;
  const limit = isPicture ? IMAGE_LIMIT_BYTES : BINARY_LIMIT_BYTES;
  const slice = sliceBytes(file, size, offset, Math.min(input.length_bytes ?? limit, limit));
  return { slice, encoding: 'base64' };
}

function answer(path: string, size: number, { slice, encoding }: Part): CallToolResult {
  const content = slice.bytes.toString(encoding);
  const output: Output = {
    path,
    size_bytes: size,
    encoding,
    content,
    offset_bytes: slice.offset,
    length_bytes: slice.bytes.length,
    ...(slice.lines && { start_line: slice.lines.first, end_line: slice.lines.last }),
    ...(slice.lines?.total !== undefined && { total_lines: slice.lines.total }),
    ...(slice.next && { next: slice.next }),
  };
  const note = describePart(output);
  const blocks: CallToolResult['content'] =
    encoding === 'utf8' ? [{ type: 'text', text: content }] : [binaryBlock(path, slice, content)];
  if (note !== '') blocks.push({ type: 'text', text: note });
  return { content: blocks, structuredContent: output };
}

function binaryBlock(path: string, slice: Slice, data: string): CallToolResult['content'][number] {
  const picture = slice.offset === 0 && slice.next === undefined ? imageType(slice.bytes) : undefined;
  if (picture !== undefined) return { type: 'image', data, mimeType: picture };
  const uri = `workspace:///${path.split('/').map(encodeURIComponent).join('/')}`;
  return { type: 'resource', resource: { uri, mimeType: 'application/octet-stream', blob: data } };
}

/** What a reader of the text alone must know: that there is more, or that it is not text. */
function describePart(output: Output): string {
  const end = output.offset_bytes + output.length_bytes;
  const bytes = `bytes ${output.offset_bytes} to ${end} of ${output.size_bytes}`;
  const part =
    output.start_line === undefined || output.end_line === undefined
      ? bytes
      : `lines ${output.start_line} to ${output.end_line} of ${output.total_lines ?? 'many'}`;
  if (output.next === undefined) return output.encoding === 'base64' ? `[${bytes}, base64]` : '';
  const [[name, value] = []] = Object.entries(output.next);
  return `[${part}${output.encoding === 'base64' ? ', base64' : ''}; continue with ${name}: ${value}]`;
}
