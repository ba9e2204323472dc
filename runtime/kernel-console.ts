import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { messageOf } from './base/errors.ts';
import type { Logger } from './base/logger.ts';
import type { ConsoleApp, ConsoleState } from './contract/console.ts';
import { spawnPiped, type PipedChild } from './sandbox/spawn-piped.ts';

export interface ConsoleDeps {
  /** Folder of the console's own package; undefined: there is no console. */
  readonly dir: string | undefined;
  readonly log: Logger;
}

/** Kept beside what was built: the hash of what it was built from. */
const hashFile = '.sources';
const compressed: ReadonlySet<string> = new Set(['.js', '.css', '.svg', '.json', '.txt']);
/** Below it a compressed file saves nothing. */
const leastBytes = 1_024;
/** What is made of the sources, and what is hidden. */
const isMade = (path: string): boolean => /(?:^|\/)(?:node_modules|dist[^/]*|\.[^/]*)(?:\/|$)/.test(path);
const stopMs = 3_000;
const saidChars = 2_000;

/** Builds the console in a process of its own when its sources changed, while the kernel works. */
export class ConsoleBuilder implements ConsoleApp, AsyncDisposable {
  readonly #deps: ConsoleDeps;
  #state: ConsoleState = { state: 'building' };
  #begun: Promise<void> | undefined;
  #built: Promise<void> | undefined;
  #child: PipedChild | undefined;
  #isStopping = false;

  constructor(deps: ConsoleDeps) {
    this.#deps = deps;
  }

  async look(): Promise<ConsoleState> {
    this.#begun ??= this.#begin().catch((error: unknown) => this.#fail(error));
    await this.#begun;
    return this.#state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#child?.signal('SIGTERM');
    const last = setTimeout(() => this.#child?.signal('SIGKILL'), stopMs);
    await this.#begun;
    await this.#built;
    clearTimeout(last);
  }

  async #begin(): Promise<void> {
    const { dir, log } = this.#deps;
    if (dir === undefined) {
      this.#state = { state: 'absent' };
      return;
    }
    const dist = join(dir, 'dist');
    const isBuilt = existsSync(join(dist, 'index.html'));
    const vite = findVite(dir);
    const hash = vite === null ? '' : await this.#hash(dir, vite);
    if (isBuilt && (vite === null || (await readText(join(dist, hashFile))) === hash)) {
      this.#state = { state: 'ready', dir: dist };
      return;
    }
    if (vite === null) {
      this.#state = { state: 'absent' };
      return;
    }
    log.info('the console is being built');
    this.#built = this.#build(dir, vite, hash).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#deps.log.error({ err: error }, 'the console was not built');
    this.#state = { state: 'failed', reason: messageOf(error) };
  }

  async #build(dir: string, vite: string, hash: string): Promise<void> {
    const dist = join(dir, 'dist');
    const [draft, old] = [join(dir, `dist-new-${process.pid}`), join(dir, `dist-old-${process.pid}`)];
    try {
      await mkdir(draft, { recursive: true });
      await this.#run([vite, 'build', dir, '--outDir', draft, '--emptyOutDir', '--logLevel', 'warn'], dir);
      for await (const file of glob('**/*', { cwd: draft })) await compress(join(draft, file));
      await writeFile(join(draft, hashFile), hash);
      if (existsSync(dist)) await rename(dist, old);
      await rename(draft, dist);
      this.#deps.log.info('the console is built');
      this.#state = { state: 'ready', dir: dist };
    } finally {
      for (const left of [draft, old]) await rm(left, { recursive: true, force: true });
    }
  }

  async #run(args: readonly string[], cwd: string): Promise<void> {
    if (this.#isStopping) throw new Error('the kernel stops');
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, NODE_ENV: 'production' };
    const child = await spawnPiped('console', process.execPath, args, [], { cwd, env });
    this.#child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-saidChars);
      });
    }
    const { code, signal } = await child.ended;
    if (code !== 0) throw new Error(`vite ended with ${signal ?? `exit code ${code}`}: ${said.trim()}`);
  }

  /** Of every file the console is made of, and of the program that makes it. */
  async #hash(dir: string, vite: string): Promise<string> {
    const hash = createHash('sha256');
    hash.update(await readFile(join(dirname(vite), '..', 'package.json')));
    const files: string[] = [];
    for await (const file of glob('**/*.*', { cwd: dir, exclude: isMade })) files.push(file);
    for (const file of files.sort()) {
      const content = await readBytes(join(dir, file));
      if (content !== null) hash.update(`${file}\0${content.length}\0`).update(content);
    }
    return hash.digest('hex');
  }
}

/** The program that builds; null where only what runs was installed. */
function findVite(dir: string): string | null {
  try {
    const found = createRequire(join(dir, 'package.json')).resolve('vite/package.json');
    return join(dirname(found), 'bin', 'vite.js');
  } catch {
    return null;
  }
}

/** Once, so that no request has to wait for it. */
async function compress(file: string): Promise<void> {
  if (!compressed.has(extname(file))) return;
  const content = await readFile(file);
  if (content.length < leastBytes) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}

async function readText(file: string): Promise<string> {
  return (await readBytes(file))?.toString('utf8') ?? '';
}

/** Null for what is no file. */
async function readBytes(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch {
    return null;
  }
}
