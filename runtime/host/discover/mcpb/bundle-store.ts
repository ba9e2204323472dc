import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { constants, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, NexusError, systemCode } from '../../../base/errors.ts';
import { bundleInvalid, openArchive, type Archive } from './archive.ts';
import type { BundleManifest } from './bundle-manifest.ts';
import { programFormat, programsOf, type ProgramFormat } from './bundle-program.ts';
import { readDependencies } from '../packages/dependencies.ts';

/** A bundle as its file tells it. */
export interface ReadBundle {
  readonly sha256: string;
  readonly manifest: BundleManifest;
  /** What kind of program a binary bundle starts, by its first bytes. */
  readonly program: ProgramFormat | undefined;
  /** Packages its package.json names and it does not hold. */
  readonly missing: readonly string[];
}

/** A bundle ready to run. */
export interface UnpackedBundle {
  readonly dir: string;
  readonly manifest: BundleManifest;
}

/**
 * MCP bundles: `<sha256>.mcpb`, and what is in it in `<sha256>/`, read-only for the plugins that run it. A folder
 * appears by one rename when it is whole; what a killed kernel leaves behind is swept.
 */
export class BundleStore {
  readonly #dir: string;
  #swept: Promise<void> | undefined;

  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'bundles');
  }

  /** Where the kept file of a bundle is. */
  fileOf(sha256: string): string {
    return this.pathOf(`${sha256}.mcpb`);
  }

  /** Where a file of this name is kept. */
  pathOf(name: string): string {
    return join(this.#dir, name);
  }

  /** Where a bundle lies unpacked. */
  folderOf(sha256: string): string {
    return join(this.#dir, sha256);
  }

  /** Checks a bundle and tells what is in it; writes nothing. Throws BUNDLE_INVALID. */
  async read(path: string): Promise<ReadBundle> {
    await checkFile(path);
    const { readBundleManifest } = await loadSchemas();
    using archive = await openArchive(path);
    const manifest = await readBundleManifest(path, archive);
    const program = await programFormat(manifest, archive);
    const missing = await missingPackages(archive);
    return { sha256: await hashOf(path), manifest, program, missing };
  }

  /** Keeps a bundle, unpacked too; done again, it continues where it was interrupted. Throws BUNDLE_INVALID. */
  async add(path: string, sha256: string, signal: AbortSignal): Promise<void> {
    const kept = this.fileOf(sha256);
    const isNew = (await stat(kept).catch(() => undefined)) === undefined;
    if (isNew) {
      await using staging = await this.#stage();
      const copy = join(staging.path, 'copy');
      await copyFile(path, copy);
      await checkHash(path, copy, sha256);
      await rename(copy, kept);
    }
    try {
      await this.open(kept, sha256, signal);
    } catch (error) {
      // Nothing names a bundle that was refused.
      if (isNew) await rm(kept, { force: true });
      throw error;
    }
  }

  /** The bundle of a manifest, unpacked when it is not yet. Throws BUNDLE_INVALID. */
  async open(path: string, sha256: string, signal: AbortSignal): Promise<UnpackedBundle> {
    const dir = this.folderOf(sha256);
    const present = await readUnpacked(path, dir);
    if (present !== undefined) return { dir, manifest: present };
    await checkFile(path);
    await using staging = await this.#stage();
    const copy = join(staging.path, 'copy');
    const files = join(staging.path, 'files');
    // What is hashed is what is unpacked, whoever writes over the file meanwhile.
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    await checkHash(path, copy, sha256);
    const { readBundleManifest } = await loadSchemas();
    using archive = await openArchive(copy, path);
    const manifest = await readBundleManifest(path, archive);
    await unpack(path, archive, files, programsOf(manifest), signal);
    await rename(files, dir).catch((error: unknown) => {
      // Two plugins of one bundle may prepare at the same time.
      if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error;
    });
    return { dir, manifest };
  }

  /** The SHA-256 of every bundle of which a file or folder is kept. */
  async list(): Promise<readonly string[]> {
    const names = await readdir(this.#dir).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    return [...new Set(names.flatMap((name) => /^([a-f0-9]{64})(?:\.mcpb)?$/.exec(name)?.[1] ?? []))];
  }

  /** Removes a bundle, file and folder. */
  async remove(sha256: string): Promise<void> {
    await rm(this.fileOf(sha256), { force: true });
    await rm(this.folderOf(sha256), { recursive: true, force: true });
  }

  async #stage(): Promise<AsyncDisposable & { readonly path: string }> {
    await (this.#swept ??= this.#sweep());
    const path = await mkdtemp(join(this.#dir, stagingPrefix));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  }

  /** One kernel uses a data directory at a time: whatever is staged now was left behind. */
  async #sweep(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const stale = (await readdir(this.#dir)).filter((name) => name.startsWith(stagingPrefix));
    await Promise.all(stale.map((name) => rm(join(this.#dir, name), { recursive: true, force: true })));
  }
}

/** Loaded with the first bundle: the schemas take 12 ms that the start of a kernel must not pay. */
const loadSchemas = () => import('./read-bundle.ts');

const stagingPrefix = '.staging-';

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw bundleInvalid(path, '', `it cannot be read (${code})`, 'Correct the path');
  });
  if (!found.isFile()) throw bundleInvalid(path, '', 'it is no file', 'Give a .mcpb file');
}

async function checkHash(named: string, path: string, sha256: string): Promise<void> {
  const actual = await hashOf(path);
  if (actual === sha256) return;
  const problem = `its SHA-256 is ${actual}, not ${sha256} as it should be`;
  throw bundleInvalid(named, '', problem, 'Import it anew if this change is wanted');
}

/** SHA-256 of a file, in hexadecimal. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const largestPackageJson = 1_048_576;

async function missingPackages(archive: Archive): Promise<readonly string[]> {
  const file = archive.files.get('package.json');
  if (file === undefined) return [];
  const text = (await archive.readWhole(file, largestPackageJson)).toString('utf8');
  const names = Object.keys(readDependencies(text).dependencies);
  if (names.length === 0) return [];
  const present = new Set(
    [...archive.files.keys()].map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]),
  );
  return names.filter((name) => !present.has(name));
}

async function readUnpacked(path: string, dir: string): Promise<BundleManifest | undefined> {
  const text = await readFile(join(dir, 'manifest.json'), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { checkBundleManifest } = await loadSchemas();
  return checkBundleManifest(path, JSON.parse(text));
}

async function unpack(
  path: string,
  archive: Archive,
  into: string,
  programs: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const made = new Set<string>();
  for (const file of archive.files.values()) {
    const target = join(into, file.path);
    const folder = dirname(target);
    if (!made.has(folder)) await mkdir(folder, { recursive: true });
    made.add(folder);
    const mode = file.isExecutable || programs.has(file.path) ? 0o755 : 0o644;
    try {
      await pipeline(await archive.read(file), createWriteStream(target, { flags: 'wx', mode }), { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NexusError || systemCode(error)?.startsWith('E') === true) throw error;
      throw bundleInvalid(path, file.path, `cannot be unpacked (${messageOf(error)})`);
    }
  }
}
