// Runs in a worker thread: npm's libraries need 190 ms and 60 MB, which must not stay in the kernel, and
// the thread can be ended at any moment, which these libraries cannot.
import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { chmodSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, normalize } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Arborist, { type Node } from '@npmcli/arborist';
import Config from '@npmcli/config';
import settings from '@npmcli/config/lib/definitions/index.js';
import { packageFolderName, recordFile, type InstallOrder, type InstallReport } from './install-messages.ts';
import type { PackageRecord } from './package-record.ts';

function say(report: InstallReport): void {
  parentPort?.postMessage(report, []);
}

async function install(order: InstallOrder): Promise<void> {
  const { staging, name } = order;
  if (order.spec !== undefined) writeFileSync(join(staging, 'package.json'), '{ "private": true }\n');
  const options = await npmOptions(order);
  try {
    say({ type: 'progress', phase: 'resolving', done: 0, total: 0 });
    const arborist = new Arborist({ ...options, path: staging });
    const folder = await (order.spec === undefined
      ? installDependencies(arborist, order)
      : installPackage(arborist, order, order.spec));
    if (folder !== undefined) say({ type: 'installed', folder });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const registry = String(options[`${name.split('/')[0]}:registry`] ?? options['registry']);
    say({ type: 'failed', code, message: error instanceof Error ? error.message : String(error), registry });
  }
}

/** The answer is the name of its folder, or undefined after it was said that it is there already. */
async function installPackage(
  arborist: Arborist,
  { staging, packagesDir, name }: InstallOrder,
  spec: string,
): Promise<string | undefined> {
  const ideal = await arborist.buildIdealTree({ add: [spec] });
  const wanted = ideal.edgesOut.get(name)?.to;
  if (wanted === undefined || wanted === null) throw new Error(`the registry's answer names another package`);
  const folder = packageFolderName(name, wanted.version);
  if (isWhole(join(packagesDir, folder))) {
    say({ type: 'present', folder });
    return undefined;
  }
  followProgress([...ideal.inventory.values()].length - 1);
  const actual = await arborist.reify({ add: [spec], save: true });
  const root = actual.edgesOut.get(name)?.to;
  if (root === undefined || root === null) throw new Error('the package is not in the tree just installed');
  const bin = binOf(join(staging, root.location), root.location, name);
  for (const file of Object.values(bin)) makeExecutable(join(staging, file));
  writeRecord(staging, actual, { name, version: root.version, integrity: root.integrity ?? '', bin });
  return folder;
}

/** Installs what a package.json depends on, as its lock file pins it when there is one. */
async function installDependencies(arborist: Arborist, { staging, name }: InstallOrder): Promise<string> {
  const ideal = await arborist.buildIdealTree({});
  followProgress([...ideal.inventory.values()].length - 1);
  const actual = await arborist.reify({ save: false });
  writeRecord(staging, actual, { name, version: '', integrity: '', bin: {} });
  return name;
}

/** Whether a package folder has a record that was not cut short by a crash. */
function isWhole(folder: string): boolean {
  const record = join(folder, recordFile);
  if (!existsSync(record)) return false;
  try {
    JSON.parse(readFileSync(record, 'utf8'));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The user's own npm configuration (.npmrc files, npm_config_*), then what must hold whatever it says. */
async function npmOptions(order: InstallOrder): Promise<Readonly<Record<string, unknown>>> {
  const env = { ...order.environment };
  const npm = findNpm(env['PATH'] ?? '');
  const config = new Config({
    ...settings,
    npmPath: npm?.packageDir ?? order.staging,
    execPath: npm?.program ?? process.execPath,
    env,
    argv: [],
    cwd: order.staging,
    warn: false,
  });
  await config.load();
  return {
    ...config.flat,
    ...(order.registry === undefined ? {} : { registry: order.registry }),
    cache: order.cacheDir,
    // Nothing of the package runs before it is in the sandbox; git would be a child process.
    ignoreScripts: true,
    allowGit: 'none',
    global: false,
    location: 'user',
    omit: ['dev'],
    include: [],
    workspaces: [],
    binLinks: false,
    audit: false,
    fund: false,
    dryRun: false,
    packageLock: true,
    packageLockOnly: false,
    installStrategy: 'hoisted',
  };
}

/** npm's own installation gives the place of the machine-wide npmrc files. */
function findNpm(path: string): { readonly program: string; readonly packageDir: string } | undefined {
  const program = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((dir) => join(dir, 'npm'))
    .find((file) => existsSync(file));
  if (program === undefined) return undefined;
  return { program, packageDir: dirname(dirname(realpathSync(program))) };
}

/** npm's libraries announce every finished package on `process`; ten steps of it are enough for people. */
function followProgress(total: number): void {
  const finished = new Set<string>();
  let told = 0;
  const events: EventEmitter = process;
  events.on('progress', (key: unknown, progress: unknown) => {
    if (!/^reify:.+/.test(String(key)) || !isDone(progress)) return;
    finished.add(String(key));
    const tenths = Math.floor((finished.size * 10) / total);
    if (tenths === told) return;
    told = tenths;
    say({ type: 'progress', phase: 'downloading', done: Math.min(finished.size, total), total });
  });
}

function isDone(progress: unknown): boolean {
  return typeof progress === 'object' && progress !== null && 'done' in progress && progress.done === true;
}

function writeRecord(
  staging: string,
  tree: Node,
  of: Pick<PackageRecord, 'name' | 'version' | 'integrity' | 'bin'>,
): void {
  const nodes = [...tree.inventory.values()].filter(({ isRoot }) => !isRoot);
  const lines = nodes.map(
    ({ location, packageName, version, integrity }) => `${location} ${packageName}@${version} ${integrity}\n`,
  );
  const record: PackageRecord = {
    ...of,
    treeHash: createHash('sha256').update(lines.sort().join('')).digest('hex'),
    scriptsSkipped: nodes
      .filter(({ hasInstallScript }) => hasInstallScript)
      .map((node) => `${node.packageName}@${node.version}`),
  };
  writeFileSync(join(staging, recordFile), `${JSON.stringify(record, null, 2)}\n`);
}

/** Programs of an installed package; each lies inside its folder. */
function binOf(dir: string, location: string, name: string): Record<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const bin: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'bin') : undefined;
  const entries =
    typeof bin === 'string' ? [[name.replace(/^@[^/]+\//, ''), bin] as const] : Object.entries(bin ?? {});
  return Object.fromEntries(
    entries.flatMap(([program, file]) => {
      const inside = normalize(`/${String(file)}`).slice(1);
      return inside === '' ? [] : [[program, join(location, inside)]];
    }),
  );
}

/** npm does this when it links programs, which is left out here. */
function makeExecutable(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o755);
}

const order: InstallOrder = workerData;
await install(order);
