import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { knownKeysAt, manifestJsonSchema } from '../../../runtime/host/discover/manifest-json-schema.ts';
import { readManifest } from '../../../runtime/host/discover/read-manifest.ts';
import { manifestKeys } from '../../../scripts/manifest-keys.ts';

const root = new URL('../../../', import.meta.url);
const docs = readFileSync(new URL('docs/manifest.md', root), 'utf8');
/** Every complete manifest shown in the documentation. */
const examples = [...docs.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '');

await t.test('the committed schema and the table of docs/manifest.md are current', (t) => {
  const script = fileURLToPath(new URL('scripts/generate-manifest-schema.ts', root));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.end();
});

await t.test('every example of docs/manifest.md is a manifest, for us and for an editor', async (t) => {
  const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(manifestJsonSchema());
  for (const text of examples) {
    const value: { name?: string } = JSON.parse(text);
    await t.resolves(readManifest(`/m/${value.name ?? 'example'}.json`, text));
    t.ok(isValid(value), text);
  }
});

await t.test('every key is shown in an example', (t) => {
  const shown = new Set(examples.flatMap((text) => pathsIn(JSON.parse(text), '')));
  const missing = manifestKeys().filter(({ path }) => !shown.has(path));
  t.same(missing, []);
  t.ok(manifestKeys().length > 30, 'and there are keys at all');
  t.end();
});

await t.test('every key has a meaning', (t) => {
  t.same(
    manifestKeys().filter(({ meaning }) => meaning === ''),
    [],
  );
  t.end();
});

await t.test('the schema refuses what the kernel refuses', (t) => {
  const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(manifestJsonSchema());
  const source = { command: 'node' };
  for (const wrong of [{}, { source, permisions: {} }, { source: {} }, { source, limits: { pids: 0 } }]) {
    t.notOk(isValid(wrong), JSON.stringify(wrong));
  }
  t.end();
});

await t.test('known keys are found below objects, maps and unions', (t) => {
  const schema = manifestJsonSchema();
  t.same(knownKeysAt(schema, ['permissions', 'fs']), ['read', 'write']);
  t.same(knownKeysAt(schema, ['tools', 'anything']), ['effect', 'approval', 'enabled', 'undo', 'check']);
  t.same(knownKeysAt(schema, ['source']), [
    'plugin',
    'server',
    'command',
    'args',
    'env',
    'cwd',
    'integrity',
    'url',
    'headers',
    'mcpb',
    'sha256',
  ]);
  t.same(knownKeysAt(schema, ['source', 'env']), [], 'any name goes');
  t.same(knownKeysAt(schema, ['nowhere', 'at', 'all']), []);
  t.end();
});

/** Paths of all keys of a value, with TOOL for the names of tools as in `manifestKeys`. */
function pathsIn(value: unknown, prefix: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const name = { 'tools.': 'TOOL', 'settings.': 'KEY' }[prefix] ?? key;
    const path = `${prefix}${name}`;
    return [path, ...pathsIn(child, `${path}.`)];
  });
}
