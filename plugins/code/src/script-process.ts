import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { bounds } from './bounds.ts';
import { ScriptFault } from './faults.ts';
import { scriptEventSchema, type ConsoleLine, type Job, type ScriptEvent } from './job.ts';

/** Far longer than Node takes to start on a busy machine. */
const START_MS = 20_000;
/** A script's process that says more than everything it may say, with every character escaped, is not to be believed. */
const OUTPUT_BYTES = 8 * (bounds.result + bounds.console);
const LAST_WORDS = 4_096;

/**
 * isolated-vm needs the first. The permission model is a second layer behind the isolate: no writing, no processes, no
 * threads. What can be read is decided by the sandbox around this plugin.
 */
const NODE_OPTIONS = [
  '--no-node-snapshot',
  '--permission',
  '--allow-fs-read=*',
  '--allow-addons',
  '--disable-warning=SecurityWarning',
];

export interface ScriptResult {
  /** JSON text. */
  readonly json: string;
  readonly console: readonly ConsoleLine[];
  /** Whether lines of the console were left out because there were too many. */
  readonly isConsoleCut: boolean;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs one script in a process of its own, which is gone when this settles. Rejects with a ScriptFault, or with the
 * reason of `signal`.
 */
export async function runScript(job: Job, timeoutMs: number, signal: AbortSignal): Promise<ScriptResult> {
  signal.throwIfAborted();
  const child: Child = spawn(process.execPath, [...NODE_OPTIONS, process.argv[1] ?? '', 'run-script'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {},
  });
  const run = new ScriptRun(child, timeoutMs);
  const cancel = (): void => run.end(() => signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    // A process that is gone already says so by its end.
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(job)}\n`);
    return await run.outcome;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Listens to one process; what comes first decides: its result or failure, its time, its end. */
class ScriptRun {
  readonly outcome: Promise<ScriptResult>;
  readonly #child: Child;
  readonly #timeoutMs: number;
  readonly #console: ConsoleLine[] = [];
  #isConsoleCut = false;
  #timer: NodeJS.Timeout;
  #outputBytes = 0;
  #lastWords = '';
  #settle: (() => ScriptResult) | undefined;

  constructor(child: Child, timeoutMs: number) {
    this.#child = child;
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => this.#fail('START_FAILED', `No process within ${START_MS} ms`), START_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      this.#outputBytes += chunk.length;
      if (this.#outputBytes > OUTPUT_BYTES) this.#fail('SCRIPT_CRASHED', 'Its process said more than it may');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (this.#lastWords.length < LAST_WORDS) this.#lastWords += chunk.toString('utf8');
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    this.outcome = new Promise((resolve, reject) => {
      child.once('error', (error) => {
        this.#fail('START_FAILED', `No process could be started: ${error.message}`);
      });
      child.once('close', (code, killed) => {
        clearTimeout(this.#timer);
        this.#settle ??= () => this.#crashed(code, killed);
        try {
          resolve(this.#settle());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Ends the process; `reason` gives what the outcome is rejected with, unless something came before. */
  end(reason: () => unknown): void {
    this.#decide(() => {
      throw reason();
    });
  }

  #decide(settle: () => ScriptResult): void {
    this.#settle ??= settle;
    this.#child.kill('SIGKILL');
  }

  #hear(line: string): void {
    if (this.#settle !== undefined) return;
    const event = parseEvent(line);
    if (event === undefined) this.#fail('SCRIPT_CRASHED', 'Its process said what it never says');
    else if (event.kind === 'console') this.#console.push(event.line);
    else if (event.kind === 'full') this.#isConsoleCut = true;
    else if (event.kind === 'running') this.#limitTime();
    else if (event.kind === 'failure') this.#fail(event.code, event.what, event.details);
    else {
      const { json } = event;
      this.#decide(() => ({ json, console: this.#console, isConsoleCut: this.#isConsoleCut }));
    }
  }

  #limitTime(): void {
    clearTimeout(this.#timer);
    const what = `It did not end within ${this.#timeoutMs} ms`;
    this.#timer = setTimeout(() => this.#fail('TIME_LIMIT', what), this.#timeoutMs);
  }

  #fail(...[code, what, details = []]: ConstructorParameters<typeof ScriptFault>): void {
    this.end(() => new ScriptFault(code, what, [...details, ...this.#consoleText()]));
  }

  /** What a script logged before it failed tells most about why. */
  #consoleText(): string[] {
    if (this.#console.length === 0) return [];
    return ['Console:', ...this.#console.map(({ level, text }) => `[${level}] ${text}`)];
  }

  #crashed(code: number | null, killed: NodeJS.Signals | null): never {
    const words = /^.*fatal.*$/im
      .exec(this.#lastWords)?.[0]
      .replace(/^#?\s*/, '')
      .slice(0, 200);
    const how = words ?? (killed === null ? `exit code ${code}` : `signal ${killed}`);
    const isMemory = /out.of.memory|memory limit/i.test(this.#lastWords);
    if (isMemory) throw new ScriptFault('MEMORY_LIMIT', `It ran out of memory (${how})`, this.#consoleText());
    throw new ScriptFault('SCRIPT_CRASHED', `It ended its process (${how})`, this.#consoleText());
  }
}

function parseEvent(line: string): ScriptEvent | undefined {
  try {
    return scriptEventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
