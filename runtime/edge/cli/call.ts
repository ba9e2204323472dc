import { text } from 'node:stream/consumers';
import type { z } from 'zod';
import { callResultSchema } from '../../contract/api.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { usage, wordAt, type Command, type Given } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { printable, printJson } from './terminal.ts';

/** `nexus call`: 1 when the tool reported an error itself. */
export const callCommand: Command = async (given, deps) => {
  const written = given.words[1] ?? '{}';
  const args = readArgs(written === '-' ? await text(process.stdin) : written);
  const body = { tool: wordAt(given, 0), arguments: args };
  return showResult(given, await clientOf(given, deps).post('/api/call', body, callResultSchema));
};

/** Prints what a tool answered; settles the exit code. */
export function showResult(given: Given, { run, result }: z.infer<typeof callResultSchema>): number {
  const hasFailed = result['isError'] === true;
  if (given.switches.has('json')) printJson({ run, ...result });
  else show(result, hasFailed ? process.stderr : process.stdout);
  return hasFailed ? 1 : 0;
}

/** Arguments as they are written on a command line. Throws USAGE. */
export function readArgs(written: string): JsonObject {
  let args: unknown;
  try {
    args = JSON.parse(written);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usage(`The arguments are not JSON (${error.message}); write them as '{"key": "value"}'`);
  }
  if (!isJsonObject(args))
    throw usage(`The arguments are not a JSON object; write them as '{"key": "value"}'`);
  return args;
}

function show(result: JsonObject, stream: NodeJS.WriteStream): void {
  const { content, structuredContent } = result;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts = blocks.filter(isJsonObject).map(textOf);
  if (texts.length === 0 && structuredContent !== undefined)
    texts.push(JSON.stringify(structuredContent, null, 2));
  // Only a terminal can be fooled by control characters; a file gets every byte.
  const shown = texts.map((each) => (stream.isTTY ? printable(each) : each)).join('\n');
  if (shown !== '') stream.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

/** A content block in words (MCP 2025-11-25 and 2026-07-28, "Tool Result"). */
function textOf(block: JsonObject): string {
  const { type, text: own, data, mimeType, uri, resource } = block;
  if (typeof own === 'string') return own;
  if (typeof data === 'string')
    return `[${String(type)}: ${String(mimeType)}, ${Buffer.byteLength(data, 'base64')} bytes]`;
  if (typeof uri === 'string') return `[${String(type)}: ${uri}]`;
  if (!isJsonObject(resource)) return `[${String(type)}]`;
  if (typeof resource['text'] === 'string') return resource['text'];
  return `[resource: ${String(resource['uri'])}]`;
}
