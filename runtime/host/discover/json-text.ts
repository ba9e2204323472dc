import { isTooDeep, jsonDepthLimit } from '../../base/json-depth.ts';
import type { FileProblem } from './explain-issue.ts';

/** The outcome of reading JSON written by a person. */
export type JsonText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly place: string; readonly problem: FileProblem };

/** Parses JSON; a syntax error is located by line and column, which `JSON.parse` often leaves out. */
export async function readJsonText(text: string): Promise<JsonText> {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (isTooDeep(bare))
    return failure('', `is nested deeper than ${jsonDepthLimit} levels`, 'Put a manifest there');
  try {
    return { ok: true, value: JSON.parse(bare) };
  } catch {
    return describeSyntaxError(bare);
  }
}

/** `:line:column` of the key (or list item) at `path`, of its nearest parent that exists, or nothing. */
export async function placeOf(text: string, path: readonly PropertyKey[]): Promise<string> {
  const { parse } = await import('@humanwhocodes/momoa');
  const { body } = parse(text.replace(/^\uFEFF/, ''), { mode: 'json' });
  let node: import('@humanwhocodes/momoa').ValueNode = body;
  let { start } = body.loc;
  for (const part of path) {
    if (node.type === 'Object') {
      const member = node.members.find(({ name }) => name.type === 'String' && name.value === part);
      if (member === undefined) break;
      ({ start } = member.loc);
      node = member.value;
    } else if (node.type === 'Array' && typeof part === 'number') {
      const element = node.elements[part];
      if (element === undefined) break;
      ({ start } = element.loc);
      node = element.value;
    } else break;
  }
  return `:${start.line}:${start.column}`;
}

async function describeSyntaxError(text: string): Promise<JsonText> {
  if (text.trim() === '') {
    return failure(
      '',
      'is empty',
      'Write a manifest such as { "source": { "command": "node", "args": ["server.js"] } }',
    );
  }
  // Loaded only here: 1.6 ms that a folder of sound files never pays.
  const { parse } = await import('@humanwhocodes/momoa');
  try {
    parse(text, { mode: 'json' });
  } catch (error) {
    if (!(error instanceof Error && 'line' in error && 'column' in error)) throw error;
    const { line, column } = error;
    const found = text.split('\n')[Number(line) - 1]?.slice(Number(column) - 1) ?? '';
    const what = error.message.replace(/\s*\(\d+:\d+\)$/, '').replace(/\.$/, '');
    return failure(
      `:${String(line)}:${String(column)}`,
      `is not valid JSON: ${lowerFirst(what)}`,
      syntaxAdvice(found),
    );
  }
  return failure('', 'is not valid JSON', syntaxAdvice(''));
}

function syntaxAdvice(found: string): string {
  if (found.startsWith('/')) return 'Remove the comment: JSON has none';
  if (found.startsWith("'")) return 'Use double quotes';
  if (/^[}\]]/.test(found)) return 'Look for a comma too many, or a value missing, just before that place';
  if (/^["[{\w]/.test(found))
    return 'Look for a missing comma or colon just before that place, or an unquoted word';
  return 'Correct the file at that place';
}

function failure(place: string, problem: string, todo: string): JsonText {
  return { ok: false, place, problem: { path: [], problem, todo } };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
