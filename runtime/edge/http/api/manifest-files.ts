import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  applyEdits,
  findNodeAtLocation,
  modify,
  parseTree,
  type ModificationOptions,
  type ParseError,
} from 'jsonc-parser';
import { NexusError, systemCode } from '../../../base/errors.ts';
import type { ToolPolicyChange } from '../../../contract/api.ts';

/** Where the manifest of a plugin is. The name must have been checked. */
export function manifestFileOf(manifestsDir: string, plugin: string): string {
  return join(manifestsDir, `${plugin}.json`);
}

/** Sets "enabled" in a manifest; everything else of the file stays as its author wrote it. */
export async function setEnabled(manifestsDir: string, plugin: string, enabled: boolean): Promise<void> {
  await changeManifest(manifestsDir, plugin, (text) => {
    // A new key goes behind the last one: on a line of its own when they all have one.
    const before = text.trim().includes('\n') ? lineStart(text) : '';
    const edits = modify(text, ['enabled'], enabled, {});
    return applyEdits(
      text,
      edits.map((edit) => ({ ...edit, content: edit.content.replace(/^,/, () => `,${before}`) })),
    );
  });
}

/** How a manifest says that a tool is treated; null takes a word back, an absent one stays. */
export async function setToolPolicy(
  manifestsDir: string,
  plugin: string,
  tool: string,
  policy: Omit<ToolPolicyChange, 'tool'>,
): Promise<void> {
  await changeManifest(manifestsDir, plugin, (before) => {
    let text = before;
    for (const [key, value] of Object.entries(policy)) {
      const path = ['tools', tool, key];
      const root = parseTree(text);
      const isThere = root !== undefined && findNodeAtLocation(root, path) !== undefined;
      if (value === undefined || (value === null && !isThere)) continue;
      text = applyEdits(text, modify(text, path, value ?? undefined, formatOf(text)));
    }
    return text;
  });
}

/** Changes the text of a manifest, all of it in one step. Throws PLUGIN_UNKNOWN, MANIFEST_INVALID. */
async function changeManifest(
  manifestsDir: string,
  plugin: string,
  edit: (text: string) => string,
): Promise<void> {
  const named = manifestFileOf(manifestsDir, plugin);
  // A linked manifest is changed where it is; the link stays.
  const file = await realpath(named).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
    const todo = 'Run "nexus plugins" for the names';
    throw new NexusError('PLUGIN_UNKNOWN', { plugin, todo }, error);
  });
  const text = await readFile(file, 'utf8');
  const key = unsoundKey(text);
  if (key !== undefined) {
    const problem = 'is not a JSON object';
    throw new NexusError('MANIFEST_INVALID', { file: named, key, problem, todo: 'Correct it' });
  }
  const edited = edit(text);
  if (edited === text) return;
  await using draft = draftBeside(file);
  const { mode } = await stat(file);
  await writeFile(draft.path, edited, { flag: 'wx', mode: mode & 0o777 });
  await rename(draft.path, file);
}

/** What of a manifest would have to be an object for it to be edited, and is none. */
function unsoundKey(text: string): string | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors);
  if (root?.type !== 'object' || errors.length > 0) return '(the whole file)';
  const tools = findNodeAtLocation(root, ['tools']);
  if (tools === undefined) return undefined;
  if (tools.type !== 'object') return 'tools';
  const [name] = (tools.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    value?.type === 'object' || typeof key?.value !== 'string' ? [] : [key.value],
  );
  return name === undefined ? undefined : `tools.${name}`;
}

/** What is put in is written as the rest: over several lines when the rest is. */
function formatOf(text: string): ModificationOptions {
  if (!text.trim().includes('\n')) return {};
  const [eol = '', indent = ''] = lineStart(text).split(/(?<=\n)/);
  const insertSpaces = !indent.startsWith('\t');
  return { formattingOptions: { insertSpaces, tabSize: insertSpaces ? indent.length : 1, eol } };
}

/** How the author begins the line of a key. */
function lineStart(text: string): string {
  const indent = /^(?<indent>[ \t]+)"/m.exec(text)?.groups?.['indent'] ?? '  ';
  return `${text.includes('\r\n') ? '\r\n' : '\n'}${indent}`;
}

/** A path beside `file` that nobody reads; whatever is left there goes with the scope. */
function draftBeside(file: string): AsyncDisposable & { readonly path: string } {
  const path = `${file}.${randomUUID()}.draft`;
  return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}
