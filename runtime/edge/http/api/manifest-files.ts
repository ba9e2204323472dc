import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdits, modify, parseTree, type ParseError } from 'jsonc-parser';
import { NexusError, systemCode } from '../../../base/errors.ts';

/** Where the manifest of a plugin is. The name must have been checked. */
export function manifestFileOf(manifestsDir: string, plugin: string): string {
  return join(manifestsDir, `${plugin}.json`);
}

/** Sets "enabled" in a manifest; everything else of the file stays as its author wrote it. */
export async function setEnabled(manifestsDir: string, plugin: string, enabled: boolean): Promise<void> {
  const named = manifestFileOf(manifestsDir, plugin);
  // A linked manifest is changed where it is; the link stays.
  const file = await realpath(named).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
    const todo = 'Run "nexus plugins" for the names';
    throw new NexusError('PLUGIN_UNKNOWN', { plugin, todo }, error);
  });
  const text = await readFile(file, 'utf8');
  const edited = editEnabled(text, enabled);
  if (edited === undefined) {
    const problem = 'is not a JSON object';
    throw new NexusError('MANIFEST_INVALID', {
      file: named,
      key: '(the whole file)',
      problem,
      todo: 'Correct it',
    });
  }
  if (edited === text) return;
  await using draft = draftBeside(file);
  const { mode } = await stat(file);
  await writeFile(draft.path, edited, { flag: 'wx', mode: mode & 0o777 });
  await rename(draft.path, file);
}

function editEnabled(text: string, enabled: boolean): string | undefined {
  const errors: ParseError[] = [];
  const isObject = parseTree(text, errors)?.type === 'object';
  if (!isObject || errors.length > 0) return undefined;
  const edits = modify(text, ['enabled'], enabled, {});
  // A new key goes behind the last one: on a line of its own when they all have one.
  const before = text.trim().includes('\n') ? lineStart(text) : '';
  return applyEdits(
    text,
    edits.map((edit) => ({ ...edit, content: edit.content.replace(/^,/, () => `,${before}`) })),
  );
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
