import { Worker } from 'node:worker_threads';
import type { InstallOrder, InstallReport } from './install-messages.ts';
import type { InstallProgress, PrepareOptions } from '../prepare-options.ts';

/** How an installation ended. */
export type Ending = Exclude<InstallReport, { type: 'progress' }>;

/** Installs with npm's libraries, one thing at a time: each uses a processor and some 100 MB while it lasts. */
export class Installer {
  readonly #cacheDir: string;
  readonly #environment: NodeJS.ProcessEnv;
  #last: Promise<unknown> = Promise.resolve();

  constructor(cacheDir: string, environment: NodeJS.ProcessEnv) {
    this.#cacheDir = cacheDir;
    this.#environment = environment;
  }

  /** Calls `work` when its turn has come, with what it needs to install `name`; the rest of the order is its own. */
  async inTurn<T>(name: string, options: PrepareOptions, work: (install: Install) => Promise<T>): Promise<T> {
    const progress = reporter(name, options);
    progress('waiting', 0, 0);
    const install: Install = (order) =>
      runInstaller(
        { ...order, cacheDir: this.#cacheDir, environment: this.#environment },
        options.signal,
        progress,
      );
    const turn = this.#last.then(() => {
      options.signal.throwIfAborted();
      return work(install);
    });
    this.#last = turn.catch(() => {});
    const done = await turn;
    progress('done', 0, 0);
    return done;
  }
}

/** Runs the installing thread to its end. */
export type Install = (order: Omit<InstallOrder, 'cacheDir' | 'environment'>) => Promise<Ending>;

type Report = (phase: InstallProgress['phase'], done: number, total: number) => void;

/** Runs the installing thread to its end, or ends it when `signal` says so. */
async function runInstaller(order: InstallOrder, signal: AbortSignal, progress: Report): Promise<Ending> {
  const { promise, resolve, reject } = Promise.withResolvers<Ending>();
  const worker = new Worker(new URL('install-thread.ts', import.meta.url), {
    workerData: order,
    env: order.environment,
    // Flags of the kernel's own start (--input-type, --watch-path) are not for a thread.
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 768 },
  });
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort);
  worker.on('message', (report: InstallReport) => {
    if (report.type === 'progress') progress(report.phase, report.done, report.total);
    else resolve(report);
  });
  worker.on('error', reject);
  worker.on('exit', () => reject(new Error('the installing thread ended without a word')));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

function reporter(spec: string, { onProgress }: PrepareOptions): Report {
  const words = {
    waiting: () => `${spec} waits to be installed`,
    resolving: () => `Resolving ${spec}`,
    downloading: (done: number, total: number) => `Installing ${spec}: ${done} of ${total} packages`,
    done: () => `Installed ${spec}`,
  };
  return (phase, done, total) =>
    onProgress?.({ package: spec, phase, done, total, text: words[phase](done, total) });
}
