import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NexusError, systemCode } from '../../base/errors.ts';
import type { JsonObject } from '../../contract/plugins.ts';

/**
 * Writes the manifest of a plugin that has none, whole or not at all; the answer is what was written. Throws
 * PLUGIN_EXISTS.
 */
export async function createManifestFile(
  file: string,
  plugin: string,
  manifest: JsonObject,
): Promise<JsonObject> {
  const written = manifestFor(file, manifest);
  await using draft = draftBeside(file);
  await writeFile(draft.path, textOf(written), ownFile);
  try {
    // Unlike a rename, a link never replaces: of two who add the same name at once one gets EEXIST.
    await link(draft.path, file);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new NexusError('PLUGIN_EXISTS', { plugin, file }, error);
    throw error;
  }
  return written;
}

/** Puts another manifest in the place of one, in one step. */
export async function replaceManifestFile(file: string, manifest: JsonObject): Promise<void> {
  await using draft = draftBeside(file);
  await writeFile(draft.path, textOf(manifestFor(file, manifest)), ownFile);
  await rename(draft.path, file);
}

/** A new file that only its owner reads: what people import may hold what no rule takes for a secret. */
const ownFile = { flag: 'wx', mode: 0o600 };

/** What was given and nothing else: its name is that of the file, and editors complete it when the schema is there. */
function manifestFor(file: string, { name: _name, $schema: _schema, ...given }: JsonObject): JsonObject {
  const hasSchema = existsSync(join(dirname(file), 'manifest.schema.json'));
  return { ...(hasSchema ? { $schema: './manifest.schema.json' } : {}), ...given };
}

function textOf(manifest: JsonObject): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** A path beside `file` that nobody reads; whatever is left there goes with the scope. */
function draftBeside(file: string): AsyncDisposable & { readonly path: string } {
  const path = `${file}.${randomUUID()}.draft`;
  return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}
