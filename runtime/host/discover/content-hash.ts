import { createHash, type Hash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { NexusError, systemCode } from '../../base/errors.ts';
import { isInside, realPathOf } from './contained-path.ts';
import { isGitRecord } from './git-record.ts';
import { largeFileDigest } from './large-file-digest.ts';
import type { InstallProgress, PrepareOptions } from './prepare-options.ts';
import { readRecord } from './packages/package-record.ts';
import { systemDirs } from './program-folder.ts';

/** More files, or more bytes, than a plugin with a Python and its packages has. */
const mostFiles = 200_000;
const mostBytes = 8 * 1024 ** 3;
const largestRead = 1_048_576;
/** To read so many takes long enough to say so. */
const manyFiles = 5_000;
/** After this long the event loop gets its turn, in milliseconds. */
const turnMs = 5;
/**
 * A file that changed this shortly before it was read may change again without another time: kernels count in steps of
 * up to 10 ms, some file systems in steps of 2 s.
 */
const uncertainMs = 2_000;

/** Where Node keeps what it compiled of the kernel (bin/nexus). It changes as the kernel runs; plugins have one of their own. */
const kernelCache = fileURLToPath(new URL('../../../node_modules/.cache/nexus', import.meta.url));

/** What is known of the content of one plugin: it is read again when any file has another state. */
const keptSchema = z.object({ state: z.string(), hash: z.string() });

interface Content {
  readonly plugin: string;
  /** Files and folders, all that can run or steer the plugin. */
  readonly roots: readonly string[];
  /** What else decides what runs. */
  readonly how: unknown;
  /** Told when many files are to be read. */
  readonly onProgress?: PrepareOptions['onProgress'];
  /** The clock that files count by. */
  readonly now?: () => number;
}

/**
 * SHA-256 of everything that can run or steer a plugin: the content of every file, installed modules, caches of compilers
 * and what links lead to included, but for what the system installed. What was hashed before costs the state of each file
 * (size, times, inode: whoever writes a file can set all but the time of that change), 6 µs a file, and no reading.
 * The same content in another place hashes the same. Throws PLUGIN_INVALID when it is too much.
 */
export async function hashContent(content: Content, dir: string, signal: AbortSignal): Promise<string> {
  const { plugin, how, onProgress, now = Date.now } = content;
  const { files, state } = await filesOf(content, signal);
  const record = join(dir, `${plugin}.json`);
  const kept = readRecord(keptSchema, record);
  if (kept?.state === state) return kept.hash;
  if (files.length >= manyFiles) onProgress?.(reading(plugin, files.length));
  const hash = createHash('sha256').update(JSON.stringify(how));
  await inTurns(files, signal, (file) => addFile(hash, file, signal));
  const digest = hash.digest('hex');
  const isSettled = files.every(({ changedMs }) => changedMs < now() - uncertainMs);
  // Of what changed while it was read nothing is known.
  if (isSettled && (await filesOf(content, signal)).state === state) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(`${record}.new`, JSON.stringify({ state, hash: digest }), { mode: 0o600 });
    renameSync(`${record}.new`, record);
  }
  return digest;
}

function reading(plugin: string, total: number): InstallProgress {
  const text = `Reading ${total} files that belong to ${plugin}, once, to know when they change`;
  return { package: plugin, phase: 'resolving', done: 0, total, text };
}

interface ContentFile {
  /** Which root, and where in it. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Where a link leads; null of a file. */
  readonly link: string | null;
  readonly state: string;
  readonly changedMs: number;
}

interface Files {
  readonly files: readonly ContentFile[];
  /** Equal while none of them has changed. */
  readonly state: string;
}

async function filesOf({ plugin, roots, how }: Content, signal: AbortSignal): Promise<Files> {
  const files: ContentFile[] = [];
  const state = createHash('sha256').update(JSON.stringify(how));
  const real = [...new Set(roots.map(realPathOf))];
  const outer = real.filter((path) => !real.some((other) => other !== path && isInside(other, path)));
  const waiting = outer.map((path, index) => ({ path, name: String(index) }));
  const ownCache = realPathOf(kernelCache);
  let bytes = 0;
  // It grows by what links lead to.
  for (const { path, name } of waiting) {
    await inTurns(filesIn(path, name, ownCache), signal, (file) => {
      files.push(file);
      state.update(`\0${file.name}\0${file.state}`);
      bytes += file.bytes;
      if (files.length > mostFiles || bytes > mostBytes) throw tooMuch(plugin, path);
      const target = file.link === null ? undefined : realTarget(file.path);
      if (target === undefined || waiting.some((one) => isInside(one.path, target))) return;
      waiting.push({ path: target, name: `${file.name} ->` });
    });
  }
  return { files, state: state.digest('hex') };
}

function* filesIn(path: string, name: string, except: string): Iterable<ContentFile> {
  if (path === except) return;
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    for (const entry of namesIn(path)) yield* filesIn(join(path, entry), `${name}/${entry}`, except);
  } else if (stat?.isFile() === true || stat?.isSymbolicLink() === true) {
    const { size, mtimeNs, ctimeNs, ino, dev } = stat;
    const [, inGit] = /.*\/\.git\/(.+)$/.exec(name) ?? [];
    if (inGit !== undefined && stat.isFile() && isGitRecord(inGit, path, Number(size))) return;
    const link = stat.isSymbolicLink() ? readlinkSync(path) : null;
    const state = `${size} ${mtimeNs} ${ctimeNs} ${ino} ${dev} ${link ?? ''}`;
    yield { name, path, bytes: Number(size), link, state, changedMs: Number(stat.ctimeMs) };
  }
}

/** Sorted. None of a folder that may not be entered: to open it to the plugin changes its files. */
function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EACCES') return [];
    throw error;
  }
}

/** Where a link really leads; undefined when that is nowhere, or what the system installed. */
function realTarget(link: string): string | undefined {
  try {
    const target = realPathOf(link);
    return systemDirs.test(target) ? undefined : target;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

async function addFile(
  hash: Hash,
  { name, path, link, bytes }: ContentFile,
  signal: AbortSignal,
): Promise<void> {
  const content = link === null ? await contentOf(path, bytes, signal) : Buffer.from(`-> ${link}`);
  hash.update(`\0${name}\0${content.length}\0`).update(content);
}

/** Of large files their digest stands for them. */
async function contentOf(path: string, bytes: number, signal: AbortSignal): Promise<Buffer> {
  try {
    return bytes <= largestRead ? readFileSync(path) : Buffer.from(await largeFileDigest(path, signal));
  } catch (error) {
    const code = systemCode(error);
    // What the kernel cannot read a plugin cannot either; what can be read later has another state then.
    if (code === 'ENOENT' || code === 'EACCES') return Buffer.from(code);
    throw error;
  }
}

async function inTurns<T>(
  items: Iterable<T>,
  signal: AbortSignal,
  take: (item: T) => void | Promise<void>,
): Promise<void> {
  let began = performance.now();
  for (const item of items) {
    await take(item);
    if (performance.now() - began < turnMs) continue;
    await setImmediate();
    signal.throwIfAborted();
    began = performance.now();
  }
}

function tooMuch(plugin: string, path: string): NexusError {
  const problem = `what belongs to plugin "${plugin}" is more than ${mostFiles} files or ${mostBytes / 1024 ** 3} GiB, so nobody can agree to it`;
  const todo = 'Move the plugin into a folder of its own, without links to large folders';
  return new NexusError('PLUGIN_INVALID', { file: path, key: '(content)', problem, todo });
}
