import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { BuildFailure, BuildResult, Metafile, OutputFile } from 'esbuild';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import { readRecord } from '../packages/package-record.ts';
import { containedImports } from './contained-imports.ts';
import { addonNamespace, nativeAddons, platform } from './native-addons.ts';

/** One file that holds a server with all it imports, but for compiled addons. */
export interface Bundle {
  readonly file: string;
  /** A folder with that file, its addons and nothing else. */
  readonly dir: string;
  /** SHA-256 of what is in it. */
  readonly hash: string;
}

/** What a bundle was made of; it is made again when any of these files is another one. */
const recordSchema = z.object({
  format: z.literal(2),
  platform: z.literal(platform),
  hash: z.string(),
  previous: z.string().optional(),
  inputs: z.record(z.string(), z.string()),
});
type BundleRecord = z.infer<typeof recordSchema>;

/** CommonJS modules inside an ESM bundle call `require` for Node's own modules. */
const banner =
  'import{createRequire as nexusCreateRequire}from"node:module";const require=nexusCreateRequire(import.meta.url);';

/** Bundles TypeScript entries into one minified file each, kept by content. */
export class Bundler {
  readonly #dir: string;
  /** One build at a time: esbuild uses every processor anyway. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'cache', 'bundles');
  }

  /**
   * The bundle of `entry` in the package `root` (both real paths). Nothing is loaded or built when no
   * input changed. Throws PLUGIN_INVALID when the source does not compile or reaches out of the package.
   */
  async get(root: string, entry: string): Promise<Bundle> {
    const record = join(this.#dir, `${sha256(`${root}\0${entry}`).slice(0, 32)}.json`);
    const known = readRecord(recordSchema, record);
    if (known !== undefined && isFresh(known.inputs)) {
      const bundle = this.#bundleOf(known.hash);
      if (existsSync(bundle.file)) return bundle;
    }
    const turn = this.#last.then(() => this.#build(root, entry, record, known));
    this.#last = turn.catch(() => {});
    return await turn;
  }

  #bundleOf(hash: string): Bundle {
    const dir = join(this.#dir, hash);
    return { dir, hash, file: join(dir, 'main.mjs') };
  }

  async #build(root: string, entry: string, file: string, known: BundleRecord | undefined): Promise<Bundle> {
    const startedMs = Date.now();
    const { files, metafile } = await runEsbuild(root, entry);
    const bundle = this.#bundleOf(sha256(files.map(({ contents }) => sha256(contents)).join()));
    mkdirSync(bundle.dir, { recursive: true });
    for (const { path, contents } of files) writeWhole(join(bundle.dir, basename(path)), contents);
    const { hash } = bundle;
    // The previous bundle may still be running and may be started again; the one before it may not.
    const previous = known?.hash === hash ? known.previous : known?.hash;
    const stale = known?.previous;
    if (stale !== undefined && stale !== hash && stale !== previous) {
      rmSync(join(this.#dir, stale), { recursive: true, force: true });
    }
    const inputs = stampsOf(root, metafile, startedMs);
    writeWhole(file, JSON.stringify({ format: 2, platform, hash, previous, inputs } satisfies BundleRecord));
    return bundle;
  }
}

async function runEsbuild(
  root: string,
  entry: string,
): Promise<{ files: readonly OutputFile[]; metafile: Metafile }> {
  // Loaded only to build: 15 ms and a child process, which is ended right after.
  const esbuild = await import('esbuild');
  try {
    const built: BuildResult<{ metafile: true; write: false }> = await esbuild.build({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minify: true,
      legalComments: 'none',
      banner: { js: banner },
      // A tsconfig of the package could map imports anywhere.
      tsconfigRaw: '{}',
      logLevel: 'silent',
      outfile: 'main.mjs',
      // CommonJS modules may look for files beside themselves, which are beside the bundle then.
      define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
      loader: { '.node': 'copy' },
      assetNames: '[name]-[hash]',
      plugins: [containedImports(root), nativeAddons()],
    });
    return { files: built.outputFiles, metafile: built.metafile };
  } catch (error) {
    throw explainFailure(root, entry, error);
  } finally {
    await esbuild.stop();
  }
}

function explainFailure(root: string, entry: string, error: unknown): unknown {
  if (!isBuildFailure(error)) return error;
  const [first] = error.errors;
  const place = first?.location;
  const file =
    place === null || place === undefined
      ? entry
      : `${resolve(root, place.file)}:${place.line}:${place.column + 1}`;
  return new NexusError(
    'PLUGIN_INVALID',
    {
      file,
      key: 'extensions.dev.nexus.bundle',
      problem: `${relative(root, entry)} cannot be bundled: ${first?.text ?? 'unknown reason'}`,
      todo: 'Correct the source, or remove "bundle" from plugin.json to run it as it is',
    },
    error,
  );
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

/**
 * File → identity of its content. Of an installed module only its package.json is looked at: it changes
 * with every version, and an SDK has hundreds of files. A file written while it was being bundled gets no
 * identity: which content went in is not known.
 */
function stampsOf(root: string, metafile: Metafile, startedMs: number): Record<string, string> {
  const inputs = Object.keys(metafile.inputs).filter((input) => !input.startsWith(`${addonNamespace}:`));
  const files = inputs.map((input) => {
    const path = resolve(root, input);
    const module = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0];
    return module === undefined ? path : join(module, 'package.json');
  });
  return Object.fromEntries(
    [...new Set(files)].map((file) => {
      const isUncertain = (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) >= startedMs;
      return [file, isUncertain ? '' : stampOf(file)];
    }),
  );
}

function isFresh(inputs: Readonly<Record<string, string>>): boolean {
  return Object.entries(inputs).every(([file, stamp]) => stamp !== '' && stampOf(file) === stamp);
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}:${stat.ino}`;
}

/** A file that is never seen half-written. */
function writeWhole(file: string, content: string | Uint8Array): void {
  const partial = `${file}.${process.pid}.new`;
  try {
    writeFileSync(partial, content);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
