import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { messageOf, NexusError, systemCode } from '../base/errors.ts';
import type { Enforcement, PluginProcess, ProcessExit, ProcessUsage } from '../contract/sandbox.ts';
import type { Policy, ProcessLimits } from './policy/policy.ts';
import { watchThread } from './thread-watch.ts';
import { endsWithin } from './within.ts';

/** Longest time a thread may take to say what it uses. */
const usageMs = 1_000;
const ENFORCEMENT: Enforcement = { files: 'none', network: 'none', processes: 'none', memory: 'advisory' };

/**
 * Starts a first-party plugin as a thread of the kernel: it contains an uncaught error, and nothing else. The script
 * talks through its `process.stdin` and `process.stdout` as in a process of its own. Throws SANDBOX_LAUNCH_FAILED.
 */
export function launchAsWorker(policy: Policy): PluginProcess {
  const [script, ...args] = policy.args;
  if (policy.command !== 'node' || script === undefined || script.startsWith('-')) {
    throw new NexusError('SANDBOX_LAUNCH_FAILED', {
      plugin: policy.plugin,
      problem: 'a worker runs a script of Node without options',
      todo: 'Write "node" as command and the path of the script as its first argument',
    });
  }
  const worker = new Worker(script, {
    argv: args,
    // Options the kernel was started with are not the plugin's.
    execArgv: [],
    env: { ...policy.env },
    stdin: true,
    stdout: true,
    stderr: true,
    trackUnmanagedFds: true,
    resourceLimits: { maxOldGenerationSizeMb: policy.limits.heapMb },
  });
  return new WorkerPlugin(worker, policy.limits);
}

class WorkerPlugin implements PluginProcess {
  /** A thread has no process id of its own. */
  readonly pid = 0;
  readonly tier = 'worker';
  readonly mechanism = 'worker';
  readonly enforcement = ENFORCEMENT;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  readonly #worker: Worker;
  #stopping: Promise<ProcessExit> | undefined;
  #reason: string | undefined;

  constructor(worker: Worker, limits: ProcessLimits) {
    const { stdin } = worker;
    if (stdin === null) throw new TypeError('the worker has no stdin');
    const stderr = new PassThrough();
    this.#worker = worker;
    this.stdin = stdin;
    this.stdout = worker.stdout;
    this.stderr = stderr;
    worker.stderr.pipe(stderr, { end: false });
    // A process would print it itself.
    worker.on('error', (error) => {
      stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`);
    });
    stdin.on('error', () => {});
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        stderr.end();
        resolve({ code, signal: null, ...(this.#reason !== undefined && { reason: this.#reason }) });
      });
    });
    watchThread(this, limits, (reason) => {
      this.#reason ??= reason;
      void worker.terminate();
    });
  }

  stop(graceMs: number): Promise<ProcessExit> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async kill(): Promise<ProcessExit> {
    await this.#worker.terminate();
    return this.exited;
  }

  usage(): Promise<ProcessUsage | null> {
    // A thread that sleeps in native code answers nothing, and one that has ended may never do.
    const late = delay(usageMs, null, { ref: false });
    return Promise.race([this.#usage(), late, this.exited.then(() => null)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #usage(): Promise<ProcessUsage | null> {
    try {
      const [heap, cpu] = await Promise.all([this.#worker.getHeapStatistics(), this.#worker.cpuUsage()]);
      return {
        processes: 0,
        memoryBytes: heap.total_physical_size + heap.external_memory,
        memoryKind: 'heap',
        cpuMs: Math.round((cpu.user + cpu.system) / 1_000),
      };
    } catch (error) {
      if (systemCode(error) === 'ERR_WORKER_NOT_RUNNING') return null;
      throw error;
    }
  }

  async #stop(graceMs: number): Promise<ProcessExit> {
    this.stdin.end();
    return (await endsWithin(this.exited, graceMs)) ? this.exited : this.kill();
  }
}
