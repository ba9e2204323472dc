// Packs create-nexus-plugin and the plugin SDK as they are published, into a folder: `node scripts/pack-template.ts DIR`.
// Node runs no TypeScript below node_modules, so what is packed is JavaScript with its types; the packages the SDK is
// written with are in its archive, in the versions it is tested with, so that it installs without a network.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});
type Package = z.infer<typeof packageSchema>;

/** Folders of a package that are packed as they are. */
const asTheyAre: Readonly<Record<string, readonly string[]>> = { create: ['template'], sdk: ['probe'] };

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((done, failed) => child.once('error', failed).once('close', done));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with exit code ${String(code)}`);
}

async function readPackage(folder: string): Promise<Package> {
  return packageSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
}

/** JavaScript and types of what lies in `src`, into `dist`. */
async function compile(from: string, to: string): Promise<void> {
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: join(from, 'src'),
    outDir: join(to, 'dist'),
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  const config = join(to, 'tsconfig.json');
  const include = [join(from, 'src')];
  await writeFile(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include }));
  await run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', config], to);
  await rm(config);
}

/** Copies packages and what they need, as npm would install them, all in one folder. */
async function bundle(names: readonly string[], to: string, seen: Set<string>): Promise<void> {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const from = join(ROOT, 'node_modules', name);
    await cp(from, join(to, 'node_modules', name), { recursive: true, dereference: true });
    await bundle(Object.keys((await readPackage(from)).dependencies), to, seen);
  }
}

function built(path: unknown): string {
  return String(path).replace('./src/', './dist/').replace(/\.ts$/, '.js');
}

function entries(map: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(z.record(z.string(), z.unknown()).parse(map ?? {}));
}

/** What the package says of itself once its sources are compiled. */
function published(own: Package, files: readonly string[], bundled: readonly string[]): object {
  const { private: _private, ...rest } = own;
  const exports = entries(own['exports']).map(([name, path]) => {
    const js = built(path);
    return [name, { types: js.replace(/\.js$/, '.d.ts'), default: js }] as const;
  });
  const bin = entries(own['bin']).map(([name, path]) => [name, built(path)] as const);
  return {
    ...rest,
    files: ['dist', ...files],
    ...(exports.length === 0 ? {} : { exports: Object.fromEntries(exports) }),
    ...(bin.length === 0 ? {} : { bin: Object.fromEntries(bin) }),
    ...(bundled.length === 0 ? {} : { bundleDependencies: bundled }),
  };
}

async function pack(folder: 'create' | 'sdk', target: string): Promise<void> {
  const from = join(ROOT, 'plugin-template', folder);
  const staging = await mkdtemp(join(tmpdir(), 'nexus-pack-'));
  try {
    const own = await readPackage(from);
    const files = asTheyAre[folder] ?? [];
    for (const name of files) await cp(join(from, name), join(staging, name), { recursive: true });
    await compile(from, staging);
    const bundled = Object.keys(own.dependencies);
    await bundle(bundled, staging, new Set());
    await writeFile(
      join(staging, 'package.json'),
      `${JSON.stringify(published(own, files, bundled), null, 2)}\n`,
    );
    await run(
      'npm',
      ['pack', '--silent', '--offline', '--ignore-scripts', '--pack-destination', target],
      staging,
    );
    process.stdout.write(`${join(target, `${own.name}-${own.version}.tgz`)}\n`);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

const target = resolve(process.argv[2] ?? 'data/packages');
await mkdir(target, { recursive: true });
for (const folder of ['create', 'sdk'] as const) await pack(folder, target);
