import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Runs in the sandbox: prints, as JSON, what a package of assistants exports. Classes are made objects of; the kernel checks them.

const keys = ['name', 'title', 'description', 'prompt', 'tools', 'model', 'persona', 'limits'];

const [, , folder = ''] = process.argv;
const exported: unknown = await import(pathToFileURL(entryOf(folder)).href);
const found = Object.values(Object(exported)).flat().map(dataOf);
process.stdout.write(JSON.stringify(found));

/** What package.json names as its entry, else index.ts or index.js. */
function entryOf(dir: string): string {
  if (existsSync(join(dir, 'package.json'))) return createRequire(join(dir, 'package.json')).resolve(dir);
  return join(dir, existsSync(join(dir, 'index.ts')) ? 'index.ts' : 'index.js');
}

/** Own fields, and those a class inherits or computes. */
function dataOf(value: unknown): Record<string, unknown> {
  const made: unknown = typeof value === 'function' ? Reflect.construct(value, []) : value;
  const data: Record<string, unknown> = { ...Object(made) };
  for (const key of keys) {
    const given: unknown = Reflect.get(Object(made), key);
    const said: unknown = typeof given === 'function' ? Reflect.apply(given, made, []) : given;
    if (said !== undefined) data[key] = said;
  }
  return data;
}
