#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createPlugin, type Created } from './create-plugin.ts';
import { Refusal } from './refusal.ts';

const help = `Writes a new plugin for Nexus.

Usage: npm create nexus-plugin NAME [-- OPTIONS]

Inside the folder of a Nexus installation it becomes plugins/NAME with the manifest manifests/NAME.json, and a running
Nexus has it within seconds. Anywhere else it becomes ./NAME, a package of its own.

Options
  --js           JavaScript instead of TypeScript
  --dir DIR      Where the plugin goes instead
  --no-manifest  No manifest: the plugin is written and nothing starts it
  --help         Say this
  --version      Say which version this is
`;

function run(argv: readonly string[]): void {
  const { values, positionals } = readArguments(argv);
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  if (values.version === true) {
    process.stdout.write(`${readVersion()}\n`);
    return;
  }
  const [name, ...more] = positionals;
  if (name === undefined)
    throw new Refusal('USAGE', 'The name is missing', 'Write npm create nexus-plugin NAME');
  if (more.length > 0)
    throw new Refusal(
      'USAGE',
      `"${more.join(' ')}" is too much`,
      'Give one name, in lower case with hyphens',
    );
  const created = createPlugin({
    name,
    language: values.js === true ? 'js' : 'ts',
    dir: values.dir,
    hasManifest: values['no-manifest'] !== true,
    from: process.cwd(),
    sdkVersion: readVersion(),
  });
  report(name, created);
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        js: { type: 'boolean' },
        dir: { type: 'string' },
        'no-manifest': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [problem = ''] = error.message.split('. ');
    throw new Refusal('USAGE', problem, 'npm create nexus-plugin -- --help lists the options');
  }
}

function report(name: string, { folder, files, manifest, isInstalled }: Created): void {
  const lines = [
    `Wrote ${shown(folder)}: ${files.join(', ')}`,
    ...(manifest === undefined ? [] : [`Wrote ${shown(manifest)}: a running Nexus has the plugin now`]),
    '',
    'Next',
    ...(isInstalled ? [] : [`  cd ${typed(folder)} && npm install`]),
    `  npm test --prefix ${typed(folder)}`,
    ...(manifest === undefined
      ? [`  npx nexus plugin add ${typed(folder)}      in the folder of your Nexus`]
      : [`  npx nexus call ${name}.greet '{"who":"Ada"}'`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** A path as a person in this folder would write it. */
function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** Such a path as one word of a command. */
function typed(path: string): string {
  const word = shown(path);
  if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}

function readVersion(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : '';
}

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code === 'USAGE' ? 2 : 1;
}
