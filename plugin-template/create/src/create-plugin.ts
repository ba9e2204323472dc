import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { findInstallation } from './installation.ts';
import { Refusal } from './refusal.ts';
import { readTemplate } from './template.ts';

export interface NewPlugin {
  readonly name: string;
  readonly language: 'ts' | 'js';
  readonly dir: string | undefined;
  readonly hasManifest: boolean;
  /** The folder that paths are relative to. */
  readonly from: string;
  readonly sdkVersion: string;
}

export interface Created {
  readonly folder: string;
  /** Paths in that folder. */
  readonly files: readonly string[];
  /** The manifest's file, when one was written. */
  readonly manifest: string | undefined;
  /** Whether what the plugin needs is there already. */
  readonly isInstalled: boolean;
}

/** Packages that a new plugin imports: one of such a name would get itself, and npm refuses to install it. */
const imported = new Set(['nexus-plugin-sdk', 'zod', 'typescript']);
const nameForm = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** Writes a plugin: the whole folder in one step, then its manifest, so that nobody starts half of it. Throws a Refusal. */
export function createPlugin({ name, language, dir, hasManifest, from, sdkVersion }: NewPlugin): Created {
  checkName(name);
  const home = findInstallation(from);
  const folder = resolve(from, dir ?? (home === undefined ? name : join(home, 'plugins', name)));
  const manifest = home === undefined || !hasManifest ? undefined : join(home, 'manifests', `${name}.json`);
  if (isTaken(folder)) throw taken(`${folder} exists`);
  if (manifest !== undefined && existsSync(manifest)) throw taken(`${manifest} exists`);
  const isInstalled = home !== undefined && findInstallation(folder) === home;
  const files = new Map([
    ...readTemplate(name, language),
    ...packageFiles(name, language, isInstalled ? undefined : sdkVersion),
  ]);
  try {
    writeFolder(folder, files);
    if (manifest !== undefined) writeManifest(manifest, folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Refusal('NOT_WRITABLE', error.message, 'Choose a folder you may write to with --dir', error);
  }
  return { folder, files: [...files.keys()], manifest, isInstalled };
}

function checkName(name: string): void {
  if (imported.has(name)) {
    const todo = `Write another name, as in "my-${name}"`;
    throw new Refusal('USAGE', `"${name}" is a package that every plugin may need itself`, todo);
  }
  if (nameForm.test(name)) return;
  const near = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
  const todo = nameForm.test(near) ? `, as in "${near}"` : '';
  throw new Refusal(
    'USAGE',
    `"${name}" is no name for a plugin`,
    `Write 1 to 64 lower-case letters, digits and inner hyphens${todo}`,
  );
}

function isTaken(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && (!found.isDirectory() || readdirSync(folder).length > 0);
}

function taken(what: string): Refusal {
  return new Refusal('NAME_TAKEN', what, 'Choose another name, or another folder with --dir');
}

/** Inside an installation its packages serve the plugin too; elsewhere it is a package of its own. */
function packageFiles(
  name: string,
  language: 'ts' | 'js',
  sdkVersion: string | undefined,
): readonly (readonly [string, string])[] {
  const own = { name, version: '0.1.0', private: true, type: 'module', scripts: { test: 'node --test' } };
  if (sdkVersion === undefined) return [['package.json', toJson(own)]];
  const isTyped = language === 'ts';
  const json = {
    ...own,
    engines: { node: isTyped ? '>=22.18' : '>=20.19' },
    dependencies: { 'nexus-plugin-sdk': `^${sdkVersion}`, zod: '^4.2.0' },
    ...(isTyped && { devDependencies: { '@types/node': '^24.0.0', typescript: '>=5.8.0' } }),
  };
  const compilerOptions = {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    types: ['node'],
  };
  return [
    ['package.json', toJson(json)],
    ...(isTyped ? [['tsconfig.json', toJson({ compilerOptions, include: ['src', 'test'] })] as const] : []),
  ];
}

/** One by one: where the system says of a folder that exists that it does not, as in /proc, `recursive` never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  makeFolder(dirname(folder));
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}`);
  try {
    for (const [path, content] of files) {
      makeFolder(dirname(join(draft, path)));
      writeFileSync(join(draft, path), content);
    }
    // Takes the place of an empty folder too.
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** It grants nothing, and declares the settings and tools of the template's plugin. */
function writeManifest(file: string, folder: string): void {
  const plugin = relative(dirname(file), folder);
  const settings = { GREETING: { type: 'string', title: 'Greeting', default: 'Hello' } };
  const tools = { greet: { effect: 'reversible' }, health: { effect: 'read' } };
  const health = { tool: 'health' };
  const manifest = {
    $schema: './manifest.schema.json',
    source: { plugin },
    permissions: {},
    settings,
    tools,
    health,
  };
  writeFileSync(file, toJson(manifest), { flag: 'wx' });
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
