import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its standard input and output are pipes; otherwise it reads and writes nothing. */
  readonly piped: boolean;
}

/** A process of the stage. */
export interface Actor {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Throws when the process was started without pipes. */
  readonly pipes: () => { readonly stdin: Writable; readonly stdout: Readable };
  /** The end of what it wrote to stderr. */
  readonly complaints: () => string;
  /** Asks it to end, waits, kills its process group; twice is harmless. */
  end(): Promise<void>;
}

const graceMs = 5_000;
const shownChars = 1_000;

/** A temporary folder and processes, which are gone when it is disposed of: after an error and after Ctrl-C as well. */
export class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly #actors = new Set<Actor>();
  #started = 0;

  constructor(signal: AbortSignal) {
    signal.throwIfAborted();
    this.signal = signal;
    this.folder = mkdtempSync(join(tmpdir(), 'nexus-bench-'));
  }

  /** A folder below the stage's own, made when it is missing. */
  makeFolder(...names: readonly string[]): string {
    const path = join(this.folder, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Starts a process in a group of its own. A command that is not there is told by what waits for it. */
  start(command: string, args: readonly string[], { cwd, env, piped }: StartOptions): Actor {
    this.signal.throwIfAborted();
    const log = join(this.folder, `stderr-${this.#started++}.log`);
    const stderr = openSync(log, 'w');
    const child = spawn(command, args, {
      cwd: cwd ?? this.folder,
      env: { ...cleanEnvironment(), ...env },
      detached: true,
      stdio: piped ? ['pipe', 'pipe', stderr] : ['ignore', 'ignore', stderr],
    });
    closeSync(stderr);
    const actor = new StageActor(child, log);
    this.#actors.add(actor);
    return actor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#actors].map((actor) => actor.end()));
    this.#actors.clear();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The bench's environment without what would make Node behave differently in the processes it starts. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  return env;
}

class StageActor implements Actor {
  readonly child: ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<unknown>;
  #ending: Promise<void> | undefined;

  constructor(child: ChildProcess, log: string) {
    this.child = child;
    this.#log = log;
    // A command that cannot be started emits 'error' and nothing else.
    this.#ended = Promise.race([once(child, 'exit'), once(child, 'error')]).catch(() => {});
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  pipes(): { readonly stdin: Writable; readonly stdout: Readable } {
    const { stdin, stdout } = this.child;
    if (stdin === null || stdout === null) throw new TypeError('the process was started without pipes');
    return { stdin, stdout };
  }

  complaints(): string {
    return readFileSync(this.#log, 'utf8').slice(-shownChars);
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(pid), graceMs);
    await this.#ended;
    clearTimeout(timer);
    // What it started and left behind.
    killGroup(pid);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The first line a process writes. Rejects when it ends before, or after `limitMs`. */
export async function firstLine(actor: Actor, limitMs: number, signal: AbortSignal): Promise<string> {
  const { stdout } = actor.pipes();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const onData = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end !== -1) resolve(text.slice(0, end));
  };
  const late = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const onLate = (): void => reject(late.reason);
  stdout.setEncoding('utf8').on('data', onData);
  const onClose = (): void => reject(new Error(`it ended: ${actor.complaints()}`));
  actor.child.once('close', onClose).once('error', reject);
  late.addEventListener('abort', onLate, { once: true });
  try {
    return await promise;
  } finally {
    late.removeEventListener('abort', onLate);
    actor.child.off('close', onClose).off('error', reject);
    stdout.off('data', onData);
    // Unread it would stop the process when the pipe is full.
    stdout.resume();
  }
}
